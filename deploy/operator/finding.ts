/** One finding: what was looked at, how it is, and what to do when it is not well. */
export interface Finding {
  readonly part: string;
  readonly state: "well" | "ill" | "look";
  readonly seen: string;
  readonly mend?: string;
}
