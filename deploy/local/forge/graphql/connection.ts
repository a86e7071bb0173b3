import { Field, FieldError } from "./engine.ts";

/** A list as GraphQL pages it (https://docs.github.com/graphql/guides/using-pagination-in-the-graphql-api). `filters` are the arguments that `items` understands. */
export function connection<Item>(
  name: string,
  items: (args: Readonly<Record<string, unknown>>) => readonly Item[] | Promise<readonly Item[]>,
  node: (item: Item) => unknown,
  filters: readonly string[] = [],
): Field {
  return new Field(["first", "last", "after", "before", ...filters], async (args) => {
    refuseUnbounded(name, args);
    return pageOf(await items(args), args, node);
  });
}

/** GitHub wants a bound on every list, and none above 100. */
function refuseUnbounded(name: string, args: Readonly<Record<string, unknown>>): void {
  const side = args.first == null ? "last" : "first";
  const size = args[side];
  if (size == null) {
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
    throw new FieldError("MISSING_PAGINATION_BOUNDARIES", message);
  }
  if (Number(size) > 100) {
    const message = `Requesting ${size} records on the \`${name}\` connection exceeds the \`${side}\` limit of 100 records.`;
    throw new FieldError("EXCESSIVE_PAGINATION", message);
  }
}

function pageOf<Item>(items: readonly Item[], args: Readonly<Record<string, unknown>>, node: (item: Item) => unknown) {
  const low = args.after == null ? 0 : placeOf(args.after) + 1;
  const high = args.before == null ? items.length : placeOf(args.before);
  const begin = args.first == null ? Math.max(low, high - Number(args.last)) : low;
  const end = args.first == null ? high : Math.min(high, low + Number(args.first));
  const shown = items.slice(begin, end);
  return {
    totalCount: items.length,
    nodes: () => shown.map(node),
    edges: () => shown.map((item, at) => ({ cursor: cursorOf(begin + at), node: () => node(item) })),
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: begin > 0,
      startCursor: shown.length === 0 ? null : cursorOf(begin),
      endCursor: shown.length === 0 ? null : cursorOf(begin + shown.length - 1),
    },
  };
}

function cursorOf(place: number): string {
  return Buffer.from(`cursor:v2:${place}`).toString("base64");
}

function placeOf(cursor: unknown): number {
  const [, place] = /^cursor:v2:(\d+)$/.exec(Buffer.from(String(cursor), "base64").toString("utf8")) ?? [];
  if (place === undefined) {
    throw new FieldError("INVALID_CURSOR_ARGUMENTS", `\`${String(cursor)}\` does not appear to be a valid cursor.`);
  }
  return Number(place);
}
