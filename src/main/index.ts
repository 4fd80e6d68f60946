/** What `import … from 'coxswain'` gives: clusters in this process, a client of any cluster, and controllers. */
import './require-node.ts';

export { startCluster } from './embedded.ts';
export type { Cluster, StartClusterOptions } from './embedded.ts';

export type { Extension } from './extensions/extension.ts';
export { defineSchedulerPlugin } from './extensions/scheduler-plugin.ts';
export type { SchedulerPlugin, SchedulerPluginContext } from './extensions/scheduler-plugin.ts';
export { generateTypes } from './generate/types.ts';
export { readManifests } from './manifest-files.ts';

export { defineAdmissionRule } from '#apiserver/admission/rules/rule.ts';
export type { AdmissionRule, AdmissionRuleSpec } from '#apiserver/admission/rules/rule.ts';
export type { Reader, Refusal, RuleContext } from '#apiserver/admission/rules/rule.ts';
export type { UserInfo } from '#apiserver/identity.ts';

export type { Clock } from '#base/clock.ts';
export { sleep } from '#base/clock.ts';
export { silentLog } from '#base/log.ts';
export type { Log } from '#base/log.ts';
export { SeededRandom } from '#base/random.ts';
export type { Random } from '#base/random.ts';
export { VirtualClock } from '#base/virtual-clock.ts';
export { systemClock, systemRandom } from './system.ts';
export { TextLog } from './text-log.ts';
export { createVirtualClock } from './virtual-time.ts';

export { FieldPath, fieldError } from '#machinery/field.ts';
export type { FieldError } from '#machinery/field.ts';
export { apiVersionOf, objectKey, splitKey } from '#machinery/object.ts';
export type { KubeList, KubeObject, ObjectMeta, OwnerReference, ResourceRef } from '#machinery/object.ts';
export { hasReason, StatusError } from '#machinery/status.ts';
export type { Status, StatusReason } from '#machinery/status.ts';

export { createClient } from '#client/client.ts';
export type { Client, DeleteOptions, ListOptions, WatchOptions, WriteOptions } from '#client/client.ts';
export { createHttpsTransport } from '#client/https.ts';
export type { HttpsTransportOptions } from '#client/https.ts';
export { InformerFactory } from '#client/informer.ts';
export type { Informer, InformerHandlers } from '#client/informer.ts';
export type { InformerOptions } from '#client/informer-options.ts';
export { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
export type { ClusterAccess } from '#client/kubeconfig.ts';
export { allowing } from '#client/permission.ts';
export type { Permission, Verb } from '#client/permission.ts';
export type { Transport, TransportRequest, TransportResponse, WatchHandler } from '#client/transport.ts';

export { builtInControllers } from '#controllers/registry.ts';
export { defineController, TerminalError } from '#runtime/controller.ts';
export { controllerKeys, itself, observing, watching } from '#runtime/controller.ts';
export type { Change, Controller, ControllerEnvironment, ControllerSpec } from '#runtime/controller.ts';
export type { Reconcile, ReconcileContext, ReconcileResult, Watch } from '#runtime/controller.ts';
export { createManager } from '#runtime/manager.ts';
export type { Manager, ManagerOptions } from '#runtime/manager.ts';
export { controllerReference } from '#runtime/ownership.ts';

export { changeOf, isRejection, maxNodeScore, normalizeScores } from '#scheduler/framework/plugin.ts';
export type { ClusterEvent, NodeFilter, NodeScorer, Plugin, Rejection } from '#scheduler/framework/plugin.ts';
export type { PostFilterInput, PostFilterResult, Snapshot } from '#scheduler/framework/plugin.ts';
export { defaultProfile } from '#scheduler/profile.ts';
export type { Profile } from '#scheduler/profile.ts';
export type { NodeInfo } from '#scheduler/framework/node-info.ts';
export type { PodInfo } from '#scheduler/framework/pod-info.ts';

// Every resource by its plural name: `client.list(pods, 'default')`; and the types of the objects, by group.
export * from '#api/generated/refs.ts';
export type * as admissionregistrationV1 from '#api/generated/types/admissionregistration.v1.ts';
export type * as apiextensionsV1 from '#api/generated/types/apiextensions.v1.ts';
export type * as appsV1 from '#api/generated/types/apps.v1.ts';
export type * as autoscalingV2 from '#api/generated/types/autoscaling.v2.ts';
export type * as batchV1 from '#api/generated/types/batch.v1.ts';
export type * as coordinationV1 from '#api/generated/types/coordination.v1.ts';
export type * as coreV1 from '#api/generated/types/core.v1.ts';
export type * as discoveryV1 from '#api/generated/types/discovery.v1.ts';
export type * as networkingV1 from '#api/generated/types/networking.v1.ts';
export type * as policyV1 from '#api/generated/types/policy.v1.ts';
export type * as rbacV1 from '#api/generated/types/rbac.v1.ts';
export type * as storageV1 from '#api/generated/types/storage.v1.ts';
