import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Octokit } from "#kit/github/github.ts";

/** The part of GitHub's OpenAPI description that the forge is held to; `make-subset.ts` writes it. */
interface Subset {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, object>>;
}

interface Operation {
  readonly method: string;
  /** As octokit has it before it fills it in. */
  readonly path: string;
  /** null: the answer with this status has no body. */
  readonly responses: Readonly<Record<string, object | null>>;
}

/** Holds answers to GitHub's description, and knows which operations had one. */
export class AnswerChecks {
  /** What did not fit, a line each. */
  readonly faults: string[] = [];
  /** The operations that answered with success at least once, by id. */
  readonly answered = new Set<string>();
  readonly #subset: Subset;
  // Compiled for a few answers each, so the code is not optimized.
  readonly #ajv = new Ajv({
    strict: false,
    inlineRefs: false,
    logger: false,
    validateSchema: false,
    code: { optimize: false },
  });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    const file = join(import.meta.dirname, "generated", "github.json");
    this.#subset = JSON.parse(readFileSync(file, "utf8")) as Subset;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.#subset, "github");
  }

  /** Checks every answer that this client gets from now on. */
  watch(octokit: Octokit): Octokit {
    octokit.hook.wrap("request", async (request, options) => {
      try {
        const response = await request(options);
        this.check(options, response.status, response.data);
        return response;
      } catch (error) {
        const { response } = error as { response?: { readonly status: number; readonly data: unknown } };
        if (response !== undefined) this.check(options, response.status, response.data);
        throw error;
      }
    });
    return octokit;
  }

  /** Checks one answer. */
  check(request: { readonly method: string; readonly url: string }, status: number, body: unknown): void {
    const name = `${request.method} ${request.url}`;
    const found = Object.entries(this.#subset.operations).find(([, { method, path }]) => `${method} ${path}` === name);
    if (found === undefined) {
      this.faults.push(`${name}: no route of the forge names this operation`);
      return;
    }
    const [id, operation] = found;
    const fault = this.#faultOf(id, operation, status, body);
    if (fault !== null) this.faults.push(`${name} ${status}: ${fault}`);
    if (status < 300) this.answered.add(id);
  }

  #faultOf(id: string, { responses }: Operation, status: number, body: unknown): string | null {
    const isDescribed = String(status) in responses;
    if (!isDescribed && status < 400) return "GitHub's description has no such status";
    // A body as text is another media type, such as a diff.
    if (typeof body === "string" && body !== "") return null;
    const schema = responses[String(status)];
    if (schema == null && status < 400) return body === undefined || body === "" ? null : "there is a body";
    // GitHub gives each refusal a body, also where its description has none.
    const validate =
      schema == null
        ? this.#validator("basic-error", "schemas/basic-error")
        : this.#validator(`${id} ${status}`, pointer(id, status));
    return validate(body) ? null : this.#ajv.errorsText(validate.errors);
  }

  #validator(key: string, at: string): ValidateFunction {
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = this.#ajv.compile({ $ref: `github#/${at}` });
    this.#compiled.set(key, compiled);
    return compiled;
  }
}

function pointer(id: string, status: number): string {
  return `operations/${id.replaceAll("/", "~1")}/responses/${status}`;
}
