import {
  allowing,
  type appsV1,
  type Client,
  type Clock,
  configMaps,
  controllerReference,
  defineController,
  deployments,
  type ResourceRef,
  services,
} from 'coxswain';
import { type Website, type WebsiteStatus, websites } from './generated/website.ts';

const namespaceOfZone = 'dns';
/** Keeps a website until its domain is given back: what is in another namespace cannot be owned. */
const finalizer = 'example.com/domain';
const applyOptions = { fieldManager: 'website', force: true };

/** Serves each Website by a Deployment and a Service, and enters its domain in the zone. */
export default ({ zone = 'zone' }: { readonly zone?: string }) =>
  defineController({
    name: 'website',
    rbac: [
      allowing(websites, ['patch']),
      allowing(deployments, ['create', 'patch']),
      allowing(services, ['create', 'patch']),
      allowing(configMaps, ['patch'], { namespace: namespaceOfZone }),
    ],
    setup: ({ client, clock, events, informer }) => {
      const sites = informer(websites);
      const servers = informer(deployments);
      const zones = informer(configMaps, { namespace: namespaceOfZone });
      const entries = () => zones.get(`${namespaceOfZone}/${zone}`)?.data ?? {};
      return {
        for: websites,
        owns: [deployments, services],
        reconcile: async key => {
          const site = sites.get(key);
          if (!site) return;
          if (site.metadata.deletionTimestamp) {
            await enter(client, zone, staleEntries(entries(), key));
            await setFinalizers(client, site, false);
            return;
          }
          await setFinalizers(client, site, true);
          const entered = entries()[site.spec.domain] === key ? {} : { [site.spec.domain]: key };
          await enter(client, zone, { ...staleEntries(entries(), key, site.spec.domain), ...entered });
          await apply(client, deployments, site, deploymentSpec(site));
          await apply(client, services, site, serviceSpec(site));
          const status = statusOf(site, servers.get(key), clock);
          await client.patch(
            websites,
            site.metadata.namespace!,
            site.metadata.name!,
            'apply',
            { status },
            {
              ...applyOptions,
              subresource: 'status',
            },
          );
          if (isReady(status) && !isReady(site.status)) {
            events.event(
              site,
              'Normal',
              'Published',
              `${site.spec.domain} is served by ${status.readyReplicas} pods`,
            );
          }
        },
      };
    },
  });

/** What takes a website's entries out of the zone, but for the one to keep. */
function staleEntries(
  entries: Readonly<Record<string, string>>,
  key: string,
  keep?: string,
): Record<string, null> {
  const stale = Object.keys(entries).filter(domain => entries[domain] === key && domain !== keep);
  return Object.fromEntries(stale.map(domain => [domain, null]));
}

async function enter(
  client: Client,
  zone: string,
  data: Readonly<Record<string, string | null>>,
): Promise<void> {
  if (Object.keys(data).length > 0) await client.patch(configMaps, namespaceOfZone, zone, 'merge', { data });
}

async function setFinalizers(client: Client, site: Website, wanted: boolean): Promise<void> {
  const { namespace, name, resourceVersion, finalizers = [] } = site.metadata;
  if (finalizers.includes(finalizer) === wanted) return;
  const others = finalizers.filter(other => other !== finalizer);
  // Conditional: the list is written as a whole.
  const metadata = { resourceVersion, finalizers: wanted ? [...others, finalizer] : others };
  await client.patch(websites, namespace!, name!, 'merge', { metadata });
}

async function apply(client: Client, ref: ResourceRef, site: Website, spec: object): Promise<void> {
  const { namespace, name } = site.metadata;
  const metadata = { ownerReferences: [controllerReference(websites, site)] };
  await client.patch(ref, namespace!, name!, 'apply', { metadata, spec }, applyOptions);
}

const labelsOf = ({ metadata }: Website) => ({ 'example.com/website': metadata.name! });

function deploymentSpec(site: Website): object {
  const { image, replicas, tier } = site.spec;
  const labels = { ...labelsOf(site), ...(tier ? { 'example.com/tier': tier } : {}) };
  return {
    replicas,
    selector: { matchLabels: labelsOf(site) },
    template: { metadata: { labels }, spec: { containers: [{ name: 'server', image }] } },
  };
}

function serviceSpec(site: Website): object {
  return { selector: labelsOf(site), ports: [{ port: 80, targetPort: site.spec.port }] };
}

function statusOf(site: Website, server: appsV1.Deployment | undefined, clock: Clock): WebsiteStatus {
  const { replicas = 1 } = site.spec;
  const { readyReplicas = 0 } = server?.status ?? {};
  const ready = readyReplicas >= replicas;
  const status = ready ? 'True' : 'False';
  const old = site.status?.conditions?.find(({ type }) => type === 'Ready');
  const now = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  return {
    observedGeneration: site.metadata.generation,
    readyReplicas,
    conditions: [
      {
        type: 'Ready',
        status,
        observedGeneration: site.metadata.generation,
        lastTransitionTime: old?.status === status ? old.lastTransitionTime : now,
        reason: ready ? 'Served' : 'PodsNotReady',
        message: `${readyReplicas} of ${replicas} pods are ready`,
      },
    ],
  };
}

function isReady(status: WebsiteStatus | undefined): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
