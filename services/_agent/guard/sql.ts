import { isOpen } from "./marks.ts";
import { readOptions, valuesOf } from "./options.ts";
import { anything, block, type Flow, type Scope } from "./run.ts";
import { followCode } from "./shell-code.ts";

/** Clients of databases, and the options whose value is a statement. */
const clients: Readonly<Record<string, string>> = {
  psql: "c command",
  pgcli: "c command",
  mysql: "e execute init-command",
  mariadb: "e execute init-command",
  mycli: "e execute",
  sqlite3: "cmd",
  sqlite: "cmd",
  duckdb: "c cmd s",
  sqlcmd: "Q q",
  sqlplus: "",
  "clickhouse-client": "q query",
  clickhouse: "q query",
  cqlsh: "e execute",
  cockroach: "e execute",
  usql: "c command",
  bq: "",
  snowsql: "q query",
  influx: "execute",
};

export const sqlClients: ReadonlySet<string> = new Set(Object.keys(clients));

const valued =
  "h p U d f v o P F R T A L u D port host username user dbname database file set variable output password separator";

/** A client of a database: what it is told in an option, as an operand or on its input. */
export function runClient(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(args, `${clients[name]} ${valued}`);
  const texts = [...valuesOf(options, clients[name] || "-"), ...options.operands.filter((word) => /\s|^\./.test(word))];
  if (scope.stdin.kind === "text") texts.push(scope.stdin.text);
  if (scope.stdin.kind === "remote") block(scope, "fetched-code", `the input of ${name}`);
  for (const text of texts) checkStatements(text, scope, `${name} ${text}`);
  return anything;
}

function checkStatements(text: string, scope: Scope, what: string): undefined {
  // psql and mysql run a program behind `\!`, sqlite behind `.shell`.
  for (const [, code = ""] of text.matchAll(/(?:\\!|^\s*\.(?:shell|system)\s|\bsystem\s|\\o\s*\|)\s*(.+)$/gm))
    followCode(code, scope, what);
  const plain = text
    .replaceAll(/\/\*!?\d*|\*\//g, " ")
    .replaceAll(/--.*$/gm, " ")
    .replaceAll(/'(?:''|[^'])*'/g, "''")
    .replaceAll(/\s+/g, " ");
  if (/\bprogram ''/i.test(plain)) block(scope, "unknown-code", what);
  if (isOpen(plain) && /^\s*[\uE000\uE001]/.test(plain)) return block(scope, "unknown-code", what);
  const dangers =
    /\bdrop (table|database|schema|view|materialized|index|user|role|owned|column|tablespace|type|function|trigger|sequence|extension|keyspace)\b|\btruncate\b(?! ?\()|\balter table \S+ drop\b/i;
  if (dangers.test(plain)) return block(scope, "drop-data", what);
  for (const statement of plain.split(";")) {
    if (
      /^\s*(delete from|update) /i.test(statement) &&
      (!/\bwhere\b/i.test(statement) || /\bwhere (1 ?= ?1|true)\s*$/i.test(statement))
    )
      return block(scope, "drop-data", what);
  }
}
