import { eventsFactTypes } from "#contracts/catalogue.ts";
import { choreography, type Row } from "#contracts/choreography.ts";
import { settingsTable } from "./settings-table.ts";

/** A README block: the text between `<!-- generated:NAME -->` and `<!-- /generated -->`. */
export type BlockName = "choreography" | "picture" | "settings" | "answers" | "rules";

/**
 * A page lacks the markers between which a generated block stands.
 * Kind: refuses to start.
 * What to do: put the two marker lines of the message back where the block belongs, then `npm run generate`.
 */
export class MarkersMissing extends Error {
  override readonly name = "MarkersMissing";
  readonly block: BlockName;
  constructor(block: BlockName, page = "README.md") {
    super(
      `${page} lacks the block ${block}: put the lines <!-- generated:${block} --> and <!-- /generated --> where it belongs.`,
    );
    this.block = block;
  }
}

/** A README with nothing but a title and the blocks, for a checkout that has none. */
export const bareReadme = `# rig\n\n${marked("picture", "")}\n\n${marked("choreography", "")}\n\n${marked("settings", "")}\n`;

/** The README with its blocks as the contracts have them. Throws `MarkersMissing`. */
export function withBlocks(readme: string, rows: Readonly<Record<string, Row>> = choreography): string {
  const blocks = { choreography: table(rows), picture: picture(rows), settings: settingsTable() };
  return Object.entries(blocks).reduce(
    (text, [block, content]) => replaceBlock(text, block as BlockName, content),
    readme,
  );
}

/** One row per service, and one for the operator: what it does, consumes, claims, publishes and enqueues. */
function table(rows: Readonly<Record<string, Row>>): string {
  const lines = Object.entries(rows).map(([name, row]) =>
    ["", `**${name}**`, row.does, consumes(row), claims(row), publishes(row), enqueues(row), ""].join(" | ").trim(),
  );
  const columns = ["who", "what it does", "consumes", "claims", "publishes", "enqueues"];
  const head = [`| ${columns.join(" | ")} |`, `| ${columns.map(() => "---").join(" | ")} |`];
  return [...head, ...lines].join("\n");
}

/**
 * Who makes whom act, as a Mermaid flowchart: one arrow per pair of services, labelled with the facts. A service that reads in order and
 * publishes nothing makes nobody act and is left out, and so is a row without an arrow. Arrows to a service that reads every fact say nothing.
 */
function picture(rows: Readonly<Record<string, Row>>): string {
  const drawn = Object.entries(rows).filter(([, row]) => isDrawn(row));
  const factArrows = drawn.flatMap(([from, { publishes: published }]) =>
    drawn.flatMap(([to, row]) =>
      arrow(
        from,
        to,
        published.filter((type) => !readsEvery(row) && row.consumes.some((each) => each === type)),
      ),
    ),
  );
  const workArrows = drawn.flatMap(([from, { enqueues: roles }]) =>
    drawn.flatMap(([to, { claims: claimed }]) =>
      roles
        .filter((role) => claimed.some((claim) => claim.role === role))
        .map((role) => `  ${node(from)} ==>|"${role} work"| ${node(to)}`),
    ),
  );
  const tickArrows = drawn
    .filter(([, row]) => row.publishes.includes("TICK"))
    .flatMap(([from]) =>
      drawn.flatMap(([to, { wakes = [] }]) =>
        arrow(
          from,
          to,
          wakes.map((schedule) => `${schedule} ticks`),
        ),
      ),
    );
  const ingesting = drawn
    .filter(([, row]) => row.ingests === true)
    .map(([name]) => `  GitHub -->|"signed deliveries"| ${node(name)}`);
  const arrows = [...ingesting, ...workArrows, ...factArrows, ...tickArrows];
  const names = drawn.map(([name]) => name);
  const isLinked = (name: string) => arrows.some((line) => line.trim().split(" ").includes(node(name)));
  const lone = names.filter((name) => !isLinked(name));
  return [
    "```mermaid",
    "flowchart TD",
    "  GitHub([GitHub])",
    ...names.filter(isLinked).map((name) => `  ${node(name)}["${name}"]`),
    ...arrows,
    "```",
    "",
    `Thin arrows are facts on the stream EVENTS, thick ones work items. Not drawn: ${notDrawn(rows, lone)}.`,
  ].join("\n");
}

function arrow(from: string, to: string, facts: readonly string[]): readonly string[] {
  return facts.length === 0 || from === to ? [] : [`  ${node(from)} -->|"${facts.join("<br/>")}"| ${node(to)}`];
}

/** A hyphen in a Mermaid node's name can be read as the beginning of an arrow. */
function node(service: string): string {
  return service.replaceAll("-", "_");
}

function isDrawn(row: Row): boolean {
  return row.consumer !== "ordered" || row.publishes.length > 0;
}

function readsEvery(row: Row): boolean {
  return row.consumes.length === eventsFactTypes.length;
}

function notDrawn(rows: Readonly<Record<string, Row>>, lone: readonly string[]): string {
  const readers = Object.entries(rows)
    .filter(([, row]) => row.consumer === "ordered" && (readsEvery(row) || !isDrawn(row)))
    .map(([name, row]) => {
      const what = isDrawn(row) ? `the arrows to ${code(name)}` : code(name);
      return `${what}, which reads ${readsEvery(row) ? "every fact" : "the facts of its row"} in order, `;
    })
    .join("");
  const others = lone.length === 0 ? "" : `${lone.map(code).join(" and ")}, from which no arrow leads, `;
  return `${readers}${others}and the facts that no other service waits for`;
}

function consumes(row: Row): string {
  if (readsEvery(row)) return "every fact, in order";
  const metered = row.meters === undefined ? [] : [`lengths of messages on ${row.meters.join(", ")}`];
  return listed([
    ...(row.ingests === true ? ["raw deliveries"] : []),
    ...ticks(row),
    ...metered,
    ...row.consumes.map(code),
  ]);
}

function ticks(row: Row): readonly string[] {
  return (row.wakes ?? []).map((schedule) => `ticks of ${code(schedule)}`);
}

function claims(row: Row): string {
  return listed(row.claims.map(({ role, stack }) => `${code(role)} work (${stack})`));
}

function publishes(row: Row): string {
  return listed(row.publishes.map(code));
}

function enqueues(row: Row): string {
  return listed(row.enqueues.map((role) => `${code(role)} work`));
}

function listed(entries: readonly string[]): string {
  return entries.length === 0 ? "–" : entries.join(", ");
}

function code(text: string): string {
  return `\`${text}\``;
}

/** The page `of` with this content in a block. Throws `MarkersMissing`. */
export function replaceBlock(readme: string, block: BlockName, content: string, of?: string): string {
  const begin = readme.indexOf(`<!-- generated:${block} -->`);
  const end = begin < 0 ? -1 : readme.indexOf("<!-- /generated -->", begin);
  if (end < 0) throw new MarkersMissing(block, of);
  return readme.slice(0, begin) + marked(block, content) + readme.slice(end + "<!-- /generated -->".length);
}

/** A block with its markers. */
export function marked(block: BlockName, content: string): string {
  return `<!-- generated:${block} -->\n${content}\n<!-- /generated -->`;
}
