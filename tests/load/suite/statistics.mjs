// What may be said of figures that move by ±20 % from one run to the next.

const sorted = values => [...values].sort((a, b) => a - b);

export function median(values) {
  const s = sorted(values);
  return (s[(s.length - 1) >> 1] + s[s.length >> 1]) / 2;
}

/** @returns smallest, median, largest */
export function spread(values) {
  const s = sorted(values);
  return [s[0], median(s), s.at(-1)];
}

/**
 * The 90 % interval of the median, from the order statistics (sign test): no assumption is made about how the values are distributed. Of 9 values
 * it is the 2nd and the 8th.
 * @returns [low, high], or undefined for fewer than five values, whose smallest and largest do not hold the median that often
 */
export function interval(values) {
  const s = sorted(values), n = s.length;
  let outside = 0, tail = 0, term = 0.5 ** n;
  while (tail + term <= 0.05) {
    tail += term;
    term *= (n - outside) / (outside + 1);
    outside += 1;
  }
  return outside === 0 ? undefined : [s[outside - 1], s[n - outside]];
}

/**
 * Whether a target is met: the bound of the interval that speaks against it must still reach it.
 * @param target { least } or { most }
 * @returns undefined where there are too few values to say
 */
export function met(target, values) {
  const bounds = interval(values);
  if (!bounds) { return undefined; }
  return target.least === undefined ? bounds[1] <= target.most : bounds[0] >= target.least;
}
