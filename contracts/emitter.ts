import { catalogue, isFactType } from "./catalogue.ts";
import { type RowName, rowNames, rowOf } from "./choreography.ts";
import { aggregateOf, tickConsumer, workConsumer } from "./subjects.ts";
import { priorities } from "./work.ts";

/**
 * The row whose service stored a message on EVENTS, TEXT or DLQ, by the subject alone; null when no row may publish there today. The broker
 * lets no other user publish on that subject (`bus-config/permissions.ts`), so the subject proves it.
 */
export function emitterOf(subject: string): RowName | null {
  const [family, , consumer = ""] = subject.split(".");
  if (family === "evt") return publisherOn(subject);
  if (family === "text") return rowNamed(subject.slice(subject.lastIndexOf(".") + 1));
  if (family === "dlq") return rowNames.find((name) => consumersOf(name).includes(consumer)) ?? null;
  return null;
}

/** The last token where several services publish the type, else the one row that does. */
function publisherOn(subject: string): RowName | null {
  const [type = "", emitter = ""] = subject.slice(aggregateOf(subject).length + 1).split(".");
  if (!isFactType(type)) return null;
  const publishers = rowNames.filter((name) => rowOf(name).publishes.includes(type));
  if (catalogue[type].emitter === "one") return publishers[0] ?? null;
  return publishers.find((name) => name === emitter) ?? null;
}

function rowNamed(token: string): RowName | null {
  return rowNames.find((name) => name === token) ?? null;
}

/** The names of the durable consumers whose messages a service may store as dead letters. */
function consumersOf(name: RowName): readonly string[] {
  const claimed = rowOf(name).claims.flatMap((claim) =>
    priorities.map((priority) => workConsumer(name, { ...claim, priority })),
  );
  return [name, tickConsumer(name), ...claimed];
}
