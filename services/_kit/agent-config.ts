import { Result, Schema } from "effect";
import { parse } from "yaml";
import { AgentConfig } from "#contracts/agent-config.ts";

/** Reads `.rig-agent.yaml`. The failure says which key is wrong, in words for the person who wrote it. Home of yaml. */
export function parseAgentConfig(text: string): Result.Result<AgentConfig, string> {
  try {
    const decoded = Schema.decodeUnknownResult(AgentConfig)(parse(text, { maxAliasCount: 10 }) ?? {});
    return Result.isFailure(decoded) ? Result.fail(decoded.failure.message) : Result.succeed(decoded.success);
  } catch (cause) {
    return Result.fail(`not YAML: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
