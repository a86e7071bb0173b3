/** Whose text it is, or what it is about. */
type Source = "issue" | "title" | "branch" | "comment" | "review" | "ci" | "diff" | "file" | "rules";

/**
 * Encloses text of strangers in tags for a prompt. The text cannot close the tags. They only mark the text as data, and a model may disobey
 * them. An approval is the only thing in the gate that a model decides (docs/safety.md, what is not promised).
 */
export function untrusted(source: Source, text: string): string {
  const inner = text.replaceAll(/<(\/?)untrusted/gi, "&lt;$1untrusted");
  return `<untrusted source="${source}">\n${inner}\n</untrusted>`;
}

/** Makes untrusted text safe inside a line of a prompt: without line breaks, so that it cannot begin a new line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
