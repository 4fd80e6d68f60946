import type { Controller } from '#runtime/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { garbageCollectorController } from './garbagecollector/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { replicaSetController, replicationControllerController } from './replicaset/controller.ts';
import { rootCaPublisher } from './rootca/controller.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';

export interface ControllerOptions {
  /** PEM of the CA that signs the API server's certificate. */
  readonly rootCa: string;
}

/** Every controller of the controller manager, by name. */
export function builtInControllers(options: ControllerOptions): readonly Controller[] {
  return [
    deploymentController,
    endpointsController,
    endpointSliceController,
    garbageCollectorController,
    namespaceController,
    replicaSetController,
    replicationControllerController,
    rootCaPublisher(options.rootCa),
    serviceAccountController,
  ];
}
