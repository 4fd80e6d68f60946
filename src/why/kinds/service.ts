/** Why a Service leads nowhere. */
import { endpointSlices, pods, services } from '#api/generated/refs.ts';
import type { Pod, Service, ServicePort } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { formatLabelSelector, selectorFromLabels } from '#machinery/selectors.ts';
import { type Evidence, type Finding, healthy, problem, referenceTo, waiting } from '../explanation.ts';
import { eventTime, type Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { isReady } from '../pod/state.ts';
import { hasEnded } from '../scheduling/view.ts';
import { ago, count, editDistance, listed, oneLine } from '../words.ts';
import { gatherPods, unreadyPods } from './pods-of.ts';

const serviceNameLabel = 'kubernetes.io/service-name';

async function gatherService(service: Service, gatherer: Gatherer): Promise<void> {
  const { namespace = '' } = service.metadata;
  const selector = selectorFromLabels(service.spec?.selector);
  await Promise.all([
    gatherer.list(endpointSlices, namespace, {
      labelSelector: `${serviceNameLabel}=${service.metadata.name}`,
    }),
    gatherPods(namespace, gatherer, pod => !selector.empty && selector.matches(pod.metadata.labels)),
  ]);
}

function findingsOf(service: Service, facts: Facts): Finding[] {
  const { type = 'ClusterIP', externalName, selector } = service.spec ?? {};
  if (type === 'ExternalName')
    return [healthy('ExternalName', `an alias of ${externalName}: it has no endpoints`)];
  const slices = facts
    .all(endpointSlices, service.metadata.namespace ?? '')
    .filter(slice => slice.metadata.labels?.[serviceNameLabel] === service.metadata.name);
  const balancer = balancerFinding(service, facts);
  const rest = balancer ? [balancer] : [];
  if (!selector || Object.keys(selector).length === 0) return [...rest, withoutSelector(slices)];
  return [...rest, ...withSelector(service, slices, facts)];
}

const endpointsOf = (slices: readonly EndpointSlice[], ready: boolean) =>
  slices.flatMap(slice => slice.endpoints ?? []).filter(one => (one.conditions?.ready ?? true) === ready);

function withoutSelector(slices: readonly EndpointSlice[]): Finding {
  const ready = endpointsOf(slices, true).length;
  if (ready > 0)
    return healthy(
      'Endpoints',
      `${count(ready, 'ready endpoint')}, put there by somebody: it selects no pods`,
    );
  return problem('NoSelector', 'no endpoints: it selects no pods, and nobody has put endpoints there', {
    remedies: ['give it a selector, or make an EndpointSlice for it'],
  });
}

function withSelector(service: Service, slices: readonly EndpointSlice[], facts: Facts): Finding[] {
  const matcher = selectorFromLabels(service.spec?.selector);
  const all = facts.all(pods, service.metadata.namespace ?? '').filter(pod => !hasEnded(pod));
  const matching = all.filter(pod => matcher.matches(pod.metadata.labels));
  if (matching.length === 0) return [mismatchFinding(service, all)];
  const ports = portFindings(service, matching);
  const ready = endpointsOf(slices, true).length;
  const readyPods = matching.filter(isReady);
  const unready = unreadyPods(matching, facts);
  if (readyPods.length === 0 && !service.spec?.publishNotReadyAddresses) {
    return [
      problem(
        'NoReadyPods',
        `no ready endpoints: ${matching.length === 1 ? 'the pod that it selects is not Ready' : `none of the ${matching.length} pods that it selects is Ready`}`,
        unready,
      ),
      ...ports,
    ];
  }
  if (ready === 0 && ports.length === 0) {
    return [
      waiting(
        'NoEndpoints',
        `no endpoints yet, though ${count(readyPods.length, 'pod')} that it selects ${readyPods.length === 1 ? 'is' : 'are'} Ready`,
        {
          remedies: ['if it stays so: see that the endpoint slice controller runs'],
        },
      ),
    ];
  }
  if (ready === 0) return ports;
  const more = matching.length > readyPods.length ? unready.evidence : [];
  return [
    ...ports,
    healthy('Endpoints', `${count(ready, 'ready endpoint')}`, { evidence: [addressText(service), ...more] }),
  ];
}

function addressText({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(
    port => `${port.port}/${port.protocol ?? 'TCP'} -> ${port.targetPort ?? port.port}`,
  );
  return `${spec?.clusterIP === 'None' ? 'Headless' : `Cluster IP ${spec?.clusterIP}`}, ports ${listed(ports)}`;
}

/** No pod has all the labels: those that have most of them, and what they have instead. */
function mismatchFinding(service: Service, all: readonly Pod[]): Finding {
  const selector = Object.entries(service.spec?.selector ?? {});
  const missing = (pod: Pod) => selector.filter(([key, value]) => pod.metadata.labels?.[key] !== value);
  const near = all
    .map(pod => ({ pod, lacks: missing(pod) }))
    .map(one => ({ ...one, distance: distanceOf(one.pod, one.lacks) }))
    .filter(({ lacks, distance }) => lacks.length < selector.length || distance < missingDistance)
    .sort((a, b) => a.distance - b.distance)[0];
  const text = formatLabelSelector({ matchLabels: service.spec?.selector ?? {} });
  const evidence: Evidence[] = near
    ? [
        {
          text: `Nearest: Pod ${near.pod.metadata.name}, which has ${near.lacks.map(([key]) => `${key}=${near.pod.metadata.labels?.[key] ?? '(missing)'}`).join(', ')}`,
          about: [referenceTo(near.pod)],
        },
      ]
    : [];
  return problem('NoPods', `no endpoints: no pod has the labels ${text}`, {
    evidence,
    remedies: [
      "correct the selector, or the pods' labels",
      all.length === 0 ? 'make pods with these labels in its namespace' : undefined,
    ],
  });
}

/** How far a pod's labels are from those wanted: in characters to change, wholly missing ones counting as many. */
function distanceOf(pod: Pod, lacks: readonly (readonly [key: string, value: string])[]): number {
  return lacks.reduce((sum, [key, value]) => {
    const has = pod.metadata.labels?.[key];
    return sum + (has === undefined ? missingDistance : Math.min(missingDistance, editDistance(has, value)));
  }, 0);
}

const missingDistance = 100;

/** Named target ports that containers do not have. */
function portFindings(service: Service, matching: readonly Pod[]): Finding[] {
  const namesOf = (pod: Pod) =>
    (pod.spec?.containers ?? []).flatMap(container => (container.ports ?? []).map(port => port.name ?? ''));
  const lacking = (port: ServicePort) =>
    typeof port.targetPort === 'string' && !/^\d+$/.test(port.targetPort)
      ? matching.filter(pod => !namesOf(pod).includes(String(port.targetPort)))
      : [];
  return (service.spec?.ports ?? []).flatMap(port => {
    const without = lacking(port);
    if (without.length === 0) return [];
    const there = [...new Set(without.flatMap(namesOf))].filter(name => name !== '');
    return [
      problem(
        'NamedPort',
        `port ${port.name || port.port} leads to no container port: ${count(without.length, 'pod')} ${without.length === 1 ? 'has' : 'have'} none called ${port.targetPort}`,
        {
          evidence: [{ text: `Port names there: ${listed(there)}`, about: without.map(referenceTo) }],
          remedies: [`name a container port ${port.targetPort}, or use its number as targetPort`],
        },
      ),
    ];
  });
}

function balancerFinding(service: Service, facts: Facts): Finding | undefined {
  if (service.spec?.type !== 'LoadBalancer' || service.status?.loadBalancer?.ingress?.length)
    return undefined;
  const event = facts.eventsOf(service, 'SyncLoadBalancerFailed', 'EnsuringLoadBalancer').at(-1);
  const say = event?.reason === 'EnsuringLoadBalancer' ? waiting : problem;
  return say(
    'NoLoadBalancer',
    event?.reason === 'SyncLoadBalancerFailed'
      ? `its load balancer cannot be made: ${oneLine(event.message)}`
      : 'no load balancer has an address for it yet',
    {
      evidence: [
        event ? `Reported ${ago(eventTime(event), facts.nowMs)}` : 'No controller has said that it makes one',
      ],
      remedies: [event ? undefined : 'install a load balancer controller, or use type NodePort'],
    },
  );
}

export const serviceExplainer = { ref: services, gather: gatherService, findings: findingsOf };
