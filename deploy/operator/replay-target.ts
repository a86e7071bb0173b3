import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { Result } from "effect";
import { type ConsumerSpec, consumers } from "#bus-config/consumers.ts";
import { failedConsumer, replayFilter, workConsumer, workSubject } from "#contracts/subjects.ts";
import { decodeWork } from "#kit/work/enqueue.ts";
import { letterHeader } from "./letter-header.ts";

/** The subject on which a dead letter is replayed, or the reason why it is not. */
export type ReplayTarget = { readonly subject: string } | { readonly refused: string };

/**
 * Where a dead letter is replayed: only to the consumer that failed. The broker proves which service wrote the letter, because only that one
 * may publish on the letter's subject. The headers and the payload are the writer's word: a fact has to be the message of the stream, and
 * the subject of a work item follows from the item. The webhook verifies the signature of a delivery again.
 */
export async function replayTarget(manager: JetStreamManager, letter: StoredMsg): Promise<ReplayTarget> {
  const { stream, consumer } = failedConsumer(letter.subject);
  const spec = consumers.find((each) => each.stream === stream && each.config.durable_name === consumer);
  if (spec === undefined || spec.config.headers_only === true)
    return { refused: `no row has a consumer ${consumer} on ${stream}` };
  switch (spec.stream) {
    case "EVENTS":
    case "TICKS":
      return factTarget(manager, spec, letter);
    case "GITHUB":
      return { subject: replayFilter(stream, consumer) };
    case "TEXT":
    case "DLQ":
      return { refused: `no consumer of ${stream} has dead letters` };
    case "REDO":
      return { subject: spec.config.filter_subjects[0] ?? "" };
    case "WORK":
      return workTarget(spec, letter);
  }
}

/** A fact is replayed when the stream holds the same bytes on the same subject, at the sequence that the letter names. */
async function factTarget(manager: JetStreamManager, spec: ConsumerSpec, letter: StoredMsg): Promise<ReplayTarget> {
  const { stream, config } = spec;
  const [, named, digits] = /^(.+)\/([1-9]\d*)$/.exec(letterHeader(letter, "Rig-Id")) ?? [];
  if (named !== `${stream}/${config.durable_name}`) return { refused: `it names no message of ${stream}` };
  const sequence = Number(digits);
  // The server looks for the first message on each filter of the consumer: what the consumer does not read is not found.
  // Not with direct gets: there the publisher's own headers can name another subject and sequence. The client's type lacks the filter.
  const queries = config.filter_subjects.map((filter) => ({ seq: sequence, next_by_subj: filter }));
  const asked = queries.map((query) => manager.streams.getMessage(stream, query));
  const original = (await Promise.all(asked)).find((message) => message?.seq === sequence);
  if (original === undefined || original === null) {
    return { refused: `${stream} has no message ${sequence} for the consumer ${config.durable_name}` };
  }
  const same = original.subject === subjectOf(letter) && Buffer.compare(original.data, letter.data) === 0;
  if (!same) return { refused: `it is not the message ${sequence} of ${stream}` };
  return { subject: replayFilter(stream, config.durable_name) };
}

function workTarget({ service, config }: ConsumerSpec, letter: StoredMsg): ReplayTarget {
  const item = decodeWork(subjectOf(letter), letter.data);
  if (Result.isFailure(item)) return { refused: item.failure.replace(/\s+/g, " ") };
  // The consumer's name is made of the same parts as its filter.
  return workConsumer(service, item.success) === config.durable_name
    ? { subject: workSubject(item.success) }
    : { refused: `the consumer ${config.durable_name} does not claim work on ${workSubject(item.success)}` };
}

function subjectOf(letter: StoredMsg): string {
  return letterHeader(letter, "Rig-Subject");
}
