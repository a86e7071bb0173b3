/** One setting that the server has otherwise than asked for. `got` is undefined when the server dropped it. */
export interface Difference {
  readonly setting: string;
  readonly wanted: unknown;
  readonly got: unknown;
}

/**
 * Compares what was asked for with what the server says it has. Settings that were not asked for are its own
 * business. A server leaves out what is false, and calls a list of one filter `filter_subject`.
 */
export function differences(wanted: object, got: object): readonly Difference[] {
  const answer = new Map<string, unknown>(Object.entries(got));
  return Object.entries(wanted)
    .map(([setting, value]) => ({ setting, wanted: value, got: settingIn(answer, setting) }))
    .filter((pair) => !isSame(pair.wanted, pair.got));
}

function settingIn(answer: ReadonlyMap<string, unknown>, setting: string): unknown {
  if (setting !== "filter_subjects" || answer.has(setting)) return answer.get(setting);
  const single = answer.get("filter_subject");
  return single === undefined ? undefined : [single];
}

function isSame(wanted: unknown, got: unknown): boolean {
  if (wanted === false && got === undefined) return true;
  return JSON.stringify(wanted) === JSON.stringify(got);
}
