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

/** The branch of an issue. The slug helps people; the number alone tells the rig whose branch it is. */
export function issueBranch(issueNumber: number, title: string): string {
  const words =
    title
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  // 40 characters: the whole ref stays readable in a terminal.
  const slug = words.join("-").slice(0, 40).replace(/-+$/, "");
  return `feature/issue-${issueNumber}${slug === "" ? "" : `-${slug}`}`;
}
