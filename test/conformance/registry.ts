import { aggregationRows } from './api-machinery/aggregation.ts';
import { customResourceRows } from './api-machinery/custom-resources.ts';
import { customResourceWebhookRows } from './api-machinery/custom-resource-webhooks.ts';
import { discoveryRows } from './api-machinery/discovery.ts';
import { fieldValidationRows } from './api-machinery/field-validation.ts';
import { garbageCollectorRows } from './api-machinery/garbage-collector.ts';
import { listRows } from './api-machinery/lists.ts';
import { namespaceRows } from './api-machinery/namespaces.ts';
import { operationRows } from './api-machinery/operations.ts';
import { policyRows } from './api-machinery/policies.ts';
import { publishedOpenApiRows } from './api-machinery/published-openapi.ts';
import { quotaRows } from './api-machinery/quota.ts';
import { watcherRows } from './api-machinery/watchers.ts';
import { webhookRows } from './api-machinery/webhooks.ts';
import { cronJobRows } from './apps/cron-jobs.ts';
import { daemonSetRows } from './apps/daemon-sets.ts';
import { deploymentRows } from './apps/deployments.ts';
import { disruptionRows } from './apps/disruption.ts';
import { jobRows } from './apps/jobs.ts';
import { replicaSetRows } from './apps/replica-sets.ts';
import { servedRows } from './apps/served.ts';
import { statefulSetRows } from './apps/stateful-sets.ts';
import { architectureRows } from './architecture/nodes.ts';
import { certificateRows } from './auth/certificates.ts';
import { reviewRows } from './auth/reviews.ts';
import { serviceAccountRows } from './auth/service-accounts.ts';
import { tokenRows } from './auth/tokens.ts';
import { applicationRows } from './cli/applications.ts';
import { kubectlRows } from './cli/kubectl.ts';
import { eventRows } from './instrumentation/events.ts';
import { dnsRows } from './network/dns.ts';
import { endpointRows } from './network/endpoints.ts';
import { ingressRows } from './network/ingresses.ts';
import { proxyRows } from './network/proxies.ts';
import { serviceRows } from './network/services.ts';
import { trafficRows } from './network/traffic.ts';
import { configurationRows } from './node/configuration.ts';
import { environmentRows } from './node/environment.ts';
import { lifecycleRows } from './node/lifecycle.ts';
import { podRows } from './node/pods.ts';
import { probeRows } from './node/probes.ts';
import { programRows } from './node/programs.ts';
import { securityRows } from './node/security.ts';
import { streamRows } from './node/streams.ts';
import { taintRows } from './node/taints.ts';
import { limitRangeRows } from './scheduling/limit-ranges.ts';
import { predicateRows, preemptionRows } from './scheduling/predicates.ts';
import { downwardRows } from './storage/downward.ts';
import { emptyDirRows } from './storage/empty-dirs.ts';
import { storageRows } from './storage/objects.ts';
import { subPathRows } from './storage/sub-paths.ts';
import { volumeRows } from './storage/volumes.ts';
import { requirements } from './list.ts';
import type { Row } from './row.ts';

/** Every file of rows, one line each. */
const files: readonly (readonly Row[])[] = [
  aggregationRows,
  customResourceRows,
  customResourceWebhookRows,
  discoveryRows,
  fieldValidationRows,
  garbageCollectorRows,
  listRows,
  namespaceRows,
  operationRows,
  policyRows,
  publishedOpenApiRows,
  quotaRows,
  watcherRows,
  webhookRows,
  cronJobRows,
  daemonSetRows,
  deploymentRows,
  disruptionRows,
  jobRows,
  replicaSetRows,
  servedRows,
  statefulSetRows,
  architectureRows,
  certificateRows,
  reviewRows,
  serviceAccountRows,
  tokenRows,
  applicationRows,
  kubectlRows,
  eventRows,
  dnsRows,
  endpointRows,
  ingressRows,
  proxyRows,
  serviceRows,
  trafficRows,
  configurationRows,
  environmentRows,
  lifecycleRows,
  podRows,
  probeRows,
  programRows,
  securityRows,
  streamRows,
  taintRows,
  limitRangeRows,
  predicateRows,
  preemptionRows,
  downwardRows,
  emptyDirRows,
  storageRows,
  subPathRows,
  volumeRows,
];

/** Every row by its id. Throws for an id that is not in the list or that two rows claim. */
export function allRows(): ReadonlyMap<string, Row> {
  const known = new Set(requirements().map(requirement => requirement.id));
  const rows = new Map<string, Row>();
  for (const row of files.flat()) {
    if (!known.has(row.id)) throw new Error(`rows.tsv has no ${JSON.stringify(row.id)}`);
    if (rows.has(row.id)) throw new Error(`two rows are called ${JSON.stringify(row.id)}`);
    rows.set(row.id, row);
  }
  return rows;
}
