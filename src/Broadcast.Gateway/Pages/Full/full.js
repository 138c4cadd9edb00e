// The page with npm's parts. What it shares with the first page is imported from there.

import 'uplot/dist/uPlot.min.css';
import './full.css';
import { Commands } from '../commands.js';
import { Feed } from '../feed.js';
import { Machine, sourceInWords } from '../machine.js';
import { presenceOf, sources } from '../server.js';
import { centrifuge, newClient } from './centrifuge.js';
import { Chat } from './chat.js';
import { Columns } from './columns.js';
import { Plot } from './plot.js';

const find = id => document.getElementById(id);

find('node').textContent = location.host;

// Not over SSE: a browser opens six connections of HTTP/1.1 to one server, for all its tabs together.
const machineFeed = new Feed('machine', centrifuge, 65);
new Machine(machineFeed, {
  charts: find('charts'), notice: find('machine-notice'), node: find('machine-node'), template: find('chart-template'),
  draw: (...about) => new Plot(...about),
});
machineFeed.start();

const client = newClient();
new Chat(client, new URLSearchParams(location.search).get('chat') || 'chat');
client.connect();

const columns = new Columns(find('feed-template'));
const commands = new Commands(find('commands'), find('command-template'));
columns.addEventListener('change', () => commands.show(columns.name, { text: '', kind: 'text' }));
columns.enter(roomInAddress() || 'ticker');

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
