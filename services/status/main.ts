// Status: projects every fact into the tables that operators read. It publishes nothing.
import { databaseLayer } from "#kit/database.ts";
import { projectFacts } from "#kit/project.ts";
import { service } from "#kit/service.ts";
import { projection } from "./project.ts";

export default service("status", databaseLayer, [projectFacts("status", projection)]);
