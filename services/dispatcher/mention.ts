/**
 * Whether a comment mentions an account as GitHub reads it: `@` and the login (of an App without `[bot]`), not in code, in a quotation, or
 * inside of a word (https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#mentioning-people-and-teams).
 * Each step reads the text once, whatever it contains: everybody may comment.
 */
export function mentions(text: string, login: string): boolean {
  const name = login.replace(/\[bot\]$/, "");
  if (name === "") return false;
  const mention = new RegExp(`(?<![\\w/@.-])@${name.replaceAll(/\W/g, "\\$&")}(?![\\w-])`, "i");
  return mention.test(spokenIn(withoutRemarks(text)));
}

/** A comment of HTML, which GitHub does not show, begins here; without an end it lasts until the end of the text. */
function withoutRemarks(text: string): string {
  const [first = "", ...rest] = text.split("<!--");
  return first + rest.map((part) => part.split("-->").slice(1).join("-->")).join(" ");
}

/** The lines that are neither quoted nor code, without the code in them. */
function spokenIn(text: string): string {
  let fence = "";
  const spoken: string[] = [];
  for (const line of text.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
    if (fence !== "") {
      if (mark.startsWith(fence)) fence = "";
    } else if (mark !== "") fence = mark;
    else if (!/^\s*>/.test(line)) spoken.push(line.replaceAll(/`[^`]*`/g, " "));
  }
  return spoken.join("\n");
}
