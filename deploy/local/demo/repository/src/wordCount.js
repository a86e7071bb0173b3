/**
 * Counts the words of a text. A word is anything between white space.
 * @param {string} text
 * @returns {number}
 */
export function wordCount(text) {
  return text.split(/\s+/).filter((word) => word !== "").length;
}
