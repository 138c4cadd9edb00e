// What the server does not do yet, and the proof asks for as soon as it does.

/** Each node tells the presence of all. */
export const nodesKnowEachOther = false;

/** SIGTERM moves clients away at a set rate: the settings `Drain`. */
export const nodesDrain = false;
