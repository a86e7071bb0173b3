// Scheduler: publishes a tick at each instant of each schedule. Any number of replicas keep one tick per instant.
import { Layer } from "effect";
import { service } from "#kit/process/service.ts";
import { keepTime } from "./work.ts";

export default service("scheduler", Layer.empty, [keepTime]);
