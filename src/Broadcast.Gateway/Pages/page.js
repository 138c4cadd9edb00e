import { Chart } from './charts.js';
import { Commands } from './commands.js';
import { Feed } from './feed.js';
import { Machine, sourceInWords } from './machine.js';
import { Panel } from './panel.js';
import { Room } from './room.js';
import { presenceOf, sources } from './server.js';
import { events } from './transports.js';

const find = id => document.getElementById(id);

find('node').textContent = location.host;

const machineFeed = new Feed('machine', events('machine'), 65);
new Machine(machineFeed, { charts: find('charts'), notice: find('machine-notice'), node: find('machine-node'), template: find('chart-template'), draw: (...about) => new Chart(...about) });
const machinePanel = new Panel(machineFeed, find('feed-template'));

const room = new Room(card => find('feeds').replaceChildren(card, machinePanel.card), find('feed-template'));
const commands = new Commands(find('commands'), find('command-template'));
room.addEventListener('change', () => commands.show(room.name, room.draft));

room.enter(roomInAddress() || 'news');
machineFeed.start();

async function describeSource() {
  if (document.hidden || machineFeed.state !== 'live') { return; }
  const source = (await sources())?.find(each => each.room === machineFeed.room);
  const listeners = source ? await presenceOf(machineFeed.room) : null;
  // Not everyone may ask; the sentence that stands there is true as well.
  if (source && listeners !== null) { find('machine-source').textContent = sourceInWords(source, listeners); }
}
machineFeed.addEventListener('state', describeSource);
setInterval(describeSource, 5_000);

/** Someone may have typed anything behind the #. */
function roomInAddress() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ''; }
}
