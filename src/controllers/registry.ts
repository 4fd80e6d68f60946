import type { Controller } from '#runtime/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { replicaSetController, replicationControllerController } from './replicaset/controller.ts';

/** Every controller of the controller manager, by name. */
export const builtInControllers: readonly Controller[] = [
  deploymentController,
  replicaSetController,
  replicationControllerController,
];
