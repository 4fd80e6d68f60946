import type { Controller } from '#runtime/controller.ts';
import { attachDetachController } from './attachdetach/controller.ts';
import { bootstrapSignerController } from './bootstrapsigner/controller.ts';
import { clusterRoleAggregationController } from './clusterroleaggregation/controller.ts';
import { cronJobController } from './cronjob/controller.ts';
import { csrApprovingController } from './csrapproving/controller.ts';
import { csrCleanerController } from './csrcleaner/controller.ts';
import { csrSigningController } from './csrsigning/controller.ts';
import { daemonSetController } from './daemonset/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { deviceTaintEvictionController } from './devicetainteviction/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { endpointSliceMirroringController } from './endpointslicemirroring/controller.ts';
import { ephemeralVolumeController } from './ephemeralvolume/controller.ts';
import { garbageCollectorController } from './garbagecollector/controller.ts';
import { horizontalPodAutoscalerController } from './horizontalpodautoscaler/controller.ts';
import { jobController } from './job/controller.ts';
import { legacyServiceAccountTokenCleaner } from './legacyserviceaccounttokencleaner/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { type NodeCidrs, nodeIpamController } from './nodeipam/controller.ts';
import { nodeLifecycleController } from './nodelifecycle/controller.ts';
import { persistentVolumeBinder } from './persistentvolumebinder/controller.ts';
import type { VolumeSyncOptions } from './persistentvolumebinder/volumes.ts';
import { podGarbageCollectorController } from './podgc/controller.ts';
import { persistentVolumeClaimProtectionController } from './pvcprotection/controller.ts';
import { persistentVolumeProtectionController } from './pvprotection/controller.ts';
import { replicaSetController, replicationControllerController } from './replicaset/controller.ts';
import { resourceClaimController } from './resourceclaim/controller.ts';
import { resourceQuotaController } from './resourcequota/controller.ts';
import { rootCaPublisher } from './rootca/controller.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';
import {
  type ServiceAccountTokenOptions,
  serviceAccountTokenController,
} from './serviceaccounttoken/controller.ts';
import { serviceCidrController } from './servicecidrs/controller.ts';
import type { CertificateAuthority } from './shared/certificate-requests.ts';
import { statefulSetController } from './statefulset/controller.ts';
import { taintEvictionController } from './tainteviction/controller.ts';
import { tokenCleanerController } from './tokencleaner/controller.ts';
import { ttlController } from './ttl/controller.ts';
import { ttlAfterFinishedController } from './ttlafterfinished/controller.ts';
import { volumeAttributesClassProtectionController } from './vacprotection/controller.ts';
import { volumeExpandController } from './volumeexpand/controller.ts';

export interface ControllerOptions extends VolumeSyncOptions, ServiceAccountTokenOptions {
  readonly authority: CertificateAuthority;
  /** Networks that nodes get their pods' addresses from; absent: nodes see to that themselves. */
  readonly nodeCidrs?: NodeCidrs;
}

/** Every controller of the controller manager, by name. */
export function builtInControllers(options: ControllerOptions): readonly Controller[] {
  return [
    attachDetachController,
    bootstrapSignerController,
    clusterRoleAggregationController,
    cronJobController,
    csrApprovingController(options.authority),
    csrCleanerController(options.authority),
    csrSigningController(options.authority),
    daemonSetController,
    deploymentController,
    deviceTaintEvictionController,
    disruptionController,
    endpointsController,
    endpointSliceController,
    endpointSliceMirroringController,
    ephemeralVolumeController,
    garbageCollectorController,
    horizontalPodAutoscalerController,
    jobController,
    legacyServiceAccountTokenCleaner,
    namespaceController,
    nodeIpamController(options.nodeCidrs),
    nodeLifecycleController,
    persistentVolumeBinder(options),
    persistentVolumeClaimProtectionController,
    persistentVolumeProtectionController,
    podGarbageCollectorController,
    replicaSetController,
    replicationControllerController,
    resourceClaimController,
    resourceQuotaController,
    rootCaPublisher(options.rootCa),
    serviceAccountController,
    serviceAccountTokenController(options),
    serviceCidrController,
    statefulSetController,
    taintEvictionController,
    tokenCleanerController,
    ttlAfterFinishedController,
    ttlController,
    volumeAttributesClassProtectionController,
    volumeExpandController,
  ];
}
