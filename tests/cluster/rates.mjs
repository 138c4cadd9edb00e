// How often something happened.

/** @returns the most that happened within any span of `window` milliseconds; times need no order */
export function mostWithin(times, window) {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  for (let first = 0, next = 0; first < sorted.length; first++) {
    while (next < sorted.length && sorted[next] - sorted[first] < window) { next++; }
    most = Math.max(most, next - first);
  }
  return most;
}
