/** Whether a filter matches a subject by NATS' rule: `*` is one token, `>` at the end one or more (https://docs.nats.io/nats-concepts/subjects). */
export function matches(filter: string, subject: string): boolean {
  const [wanted, found] = [filter.split("."), subject.split(".")];
  const open = wanted.at(-1) === ">";
  if (open ? found.length < wanted.length : found.length !== wanted.length) return false;
  return wanted.every((part, at) => part === "*" || part === found[at] || (open && at === wanted.length - 1));
}
