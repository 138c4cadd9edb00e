// The application of tests/Broadcast.Example: one node of it, started for a test file and stopped by its pid.

import { openNode, serverOf } from './node.mjs';
import { secret } from './sdk.mjs';

const open = { Subscribe: 'Anyone', Presence: 'Anyone' };

export const example = serverOf('tests/Broadcast.Example', 'Broadcast.Example');

/** What stands under `Broadcast` in the settings of the application. */
export const settings = {
  Tokens: { Keys: [{ Algorithm: 'HS256', Secret: secret }] },
  Operators: 'Anyone',
  Rooms: [{ Name: 'dashboard', Presence: 'Anyone' }, { Name: '*', ...open }],
};

export const openExampleNode = more => openNode({ ...settings, ...more }, example);
