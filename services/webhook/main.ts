// Webhook: stores every signed GitHub delivery, answers only then, and publishes the facts that the stored deliveries mean.
import { Layer } from "effect";
import { service } from "#kit/process/service.ts";
import { receiveDeliveries } from "./receive.ts";
import { translateDeliveries } from "./translate.ts";

export default service("webhook", Layer.empty, [receiveDeliveries, translateDeliveries]);
