/**
 * Text that strangers wrote, as it may stand in a prompt: between tags that say so, which the text itself cannot close.
 * The tags mark data; nothing depends on a model obeying them, because nothing an agent says moves a gate.
 */
export function untrusted(source: "issue" | "review" | "ci" | "diff" | "rules", text: string): string {
  const inner = text.replaceAll(/<(\/?)untrusted/gi, "&lt;$1untrusted");
  return `<untrusted source="${source}">\n${inner}\n</untrusted>`;
}

/** Untrusted text for the middle of a line: without line breaks, so that it cannot begin a line of its own. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
