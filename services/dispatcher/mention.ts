import { spokenText } from "#kit/github/closing.ts";

/**
 * Whether a comment mentions an account as GitHub reads it: `@` and the login (of an App without `[bot]`), not in code, in a quotation, or
 * inside of a word (https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#mentioning-people-and-teams).
 */
export function mentions(text: string, login: string): boolean {
  const name = login.replace(/\[bot\]$/, "");
  if (name === "") return false;
  const mention = new RegExp(`(?<![\\w/@.-])@${name.replaceAll(/\W/g, "\\$&")}(?![\\w-])`, "i");
  return mention.test(spokenText(text));
}
