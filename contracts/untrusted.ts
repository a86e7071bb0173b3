/**
 * Encloses text of strangers in tags for a prompt. The text cannot close the tags. They only mark the text as data: safety does not depend on
 * a model that obeys them, because the gate decides by what GitHub shows and not by a model's words.
 */
export function untrusted(source: "issue" | "review" | "ci" | "diff" | "rules", text: string): string {
  const inner = text.replaceAll(/<(\/?)untrusted/gi, "&lt;$1untrusted");
  return `<untrusted source="${source}">\n${inner}\n</untrusted>`;
}

/** Makes untrusted text safe inside a line of a prompt: without line breaks, so that it cannot begin a new line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
