// A word of a command is kept as a text in which single characters of Unicode's private use stand for what is not known before it runs.
// A command that contains such a character itself is refused before anything is read of it.

/** Any text, also none: a variable of the environment, the output of a program. */
export const unknown = "\uE000";
/** Any text that came from another machine or out of a decoder. */
export const remote = "\uE001";
/** `*` and what else stands for any part of one name. */
export const star = "\uE002";
/** `?` and `[…]`: one character of a name. */
export const one = "\uE003";
/** A number that is computed: it cannot leave a folder or become an option. */
export const digits = "\uE004";
/** Where the shell ends a word, such as at a space in an expansion without quotes. */
export const cut = "\uE005";

/** Whether a command contains one of these characters before it was read. */
export function hasMarks(text: string): boolean {
  return /[\uE000-\uE005]/.test(text);
}

/** Whether a part of the text is any text. */
export function isOpen(text: string): boolean {
  return text.includes(unknown) || text.includes(remote);
}

/** Whether the text is a pattern of names. */
export function isPattern(text: string): boolean {
  return text.includes(star) || text.includes(one);
}

/** Turns the pattern characters of a text that the shell would expand into marks. */
export function withPatterns(text: string): string {
  return text
    .replaceAll(/\[[^\]/]+\]/g, one)
    .replaceAll("*", star)
    .replaceAll("?", one);
}

/** The words that the shell makes of a text, where it cuts it at spaces. */
export function cutAtSpaces(text: string): string {
  return text.replaceAll(/[ \t\n]+/g, cut);
}

/** A regular expression that matches what a pattern may match in one name; what is not known matches nothing. */
export function patternOf(name: string): RegExp {
  const quoted = [...name].map((character) => {
    if (character === star) return ".*";
    if (character === one) return ".";
    return character.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  });
  return new RegExp(`^${quoted.join("")}$`);
}

/** The text as a reason may show it: one line, with a sign for each mark, and short. */
export function shown(text: string): string {
  const plain = text
    .replaceAll(unknown, "…")
    .replaceAll(remote, "(what was fetched)")
    .replaceAll(star, "*")
    .replaceAll(one, "?")
    .replaceAll(digits, "0")
    .replaceAll(cut, " ")
    .replaceAll(/\s+/g, " ");
  return plain.length > shownMax ? `${plain.slice(0, shownMax)}…` : plain;
}

/** 120 characters: one line of a terminal with the words around it. */
const shownMax = 120;
