// Positions, `offset.epoch`, as the paths write them.

export function positionOf(text) {
  const dot = text.indexOf('.');
  const offset = Number(text.slice(0, dot));
  if (dot < 1 || !Number.isSafeInteger(offset) || dot === text.length - 1) { throw new Error(`${text} is not a position.`); }
  return { offset, epoch: text.slice(dot + 1) };
}

export const textOf = ({ offset, epoch }) => `${offset}.${epoch}`;

/** Whether everything up to `wanted` has been seen. */
export const reaches = (position, wanted) => position !== null && position.epoch === wanted.epoch && position.offset >= wanted.offset;
