import {
  type Client,
  type Controller,
  type coreV1,
  configMaps,
  controllerReference,
  defineController,
  deployments,
} from 'coxswain';

const label = 'example.com/website';

/** The operator under test: a ConfigMap with the label is a website, and gets a Deployment that serves it. */
export const websites: Controller = defineController({
  name: 'website',
  setup: ({ client, informer, events }) => {
    const sites = informer(configMaps);
    const servers = informer(deployments);
    return {
      for: configMaps,
      owns: [deployments],
      reconcile: async key => {
        const site = sites.get(key);
        if (site?.metadata.labels?.[label] !== 'true') return;
        const replicas = Number(site.data?.replicas ?? '1');
        if (!Number.isInteger(replicas) || replicas < 0) {
          events.event(site, 'Warning', 'BadReplicas', `replicas is no number: ${site.data?.replicas}`);
          return;
        }
        const server = servers.get(key);
        if (!server) await createServer(client, site, replicas);
        else if (server.spec?.replicas !== replicas) {
          const { namespace = '', name = '' } = server.metadata;
          await client.patch(deployments, namespace, name, 'merge', { spec: { replicas } });
        }
      },
    };
  },
});

async function createServer(client: Client, site: coreV1.ConfigMap, replicas: number): Promise<void> {
  const { namespace, name } = site.metadata;
  const labels = { 'example.com/site': name! };
  await client.create(deployments, {
    metadata: { namespace, name, ownerReferences: [controllerReference(configMaps, site)] },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name: 'server', image: 'nginx:1', volumeMounts: [{ name: 'pages', mountPath: '/pages' }] },
          ],
          volumes: [{ name: 'pages', configMap: { name } }],
        },
      },
    },
  });
}
