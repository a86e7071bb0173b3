// Meter: counts the bytes that each service stores in an hour, and pauses an agent that stores more than the policy allows.
import { consumeTicks } from "#kit/consume/consume.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import { service } from "#kit/process/service.ts";
import { countStreams, endPauses } from "./work.ts";

export default service("meter", policyLayer, [countStreams, consumeTicks("meter", endPauses)]);
