/** What Map.groupBy does, which Node 20 has not. */
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) { groups.set(key, []); }
    groups.get(key).push(item);
  }
  return groups;
}
