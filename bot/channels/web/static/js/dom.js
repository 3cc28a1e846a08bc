/** The two small things every view needs. Text is only ever set as text. */

/** An element with attributes and children; a child that is a string becomes text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A word with its {slots} filled. */
export function fill(word, slots) {
  return word.replace(/\{(\w+)\}/g, (_, name) => slots[name]);
}
