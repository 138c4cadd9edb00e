export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) { element.setAttribute(key, value); }
  element.append(...children);
  return element;
}

/** Calls back with the width in CSS pixels, now and whenever it changes: drawings are made in pixels, so that text is never stretched. */
export function onWidth(element, then) {
  new ResizeObserver(([entry]) => { if (entry.contentRect.width > 0) { then(Math.round(entry.contentRect.width)); } }).observe(element);
}
