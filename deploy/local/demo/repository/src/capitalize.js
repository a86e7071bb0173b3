/**
 * Makes the first letter upper case and leaves the rest as it is.
 * @param {string} text
 * @returns {string}
 */
export function capitalize(text) {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("");
}
