// Status: projects every fact into the tables that operators read. It publishes nothing.

import { service } from "#kit/process/service.ts";
import { databaseLayer } from "#kit/project/database.ts";
import { projectFacts } from "#kit/project/project.ts";
import { projection } from "./project.ts";

export default service("status", databaseLayer, [projectFacts("status", projection)]);
