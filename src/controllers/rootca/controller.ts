import { configMaps, namespaces } from '#api/generated/refs.ts';
import type { ConfigMap } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { hasReason } from '#machinery/status.ts';
import { type Controller, defineController, observing } from '#runtime/controller.ts';
import { isNamespaceTerminating } from '../shared/pod-control.ts';
import { unseenMs } from '../shared/unseen.ts';

const configMapName = 'kube-root-ca.crt';
const descriptionAnnotation = 'kubernetes.io/description';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Publishes the CA that signs the API server's certificate into every namespace, for pods to verify it with. */
export function rootCaPublisher(rootCa: string): Controller {
  return defineController({
    name: 'root-ca-certificate-publisher',
    setup: ({ client, informer }) => {
      const namespaceInformer = informer(namespaces);
      const only = { fieldSelector: `metadata.name=${configMapName}` };
      const configMapInformer = informer(configMaps, only);

      const publish = async (namespace: string, current: ConfigMap | undefined): Promise<void> => {
        const annotations = { ...current?.metadata.annotations, [descriptionAnnotation]: description };
        const metadata = { ...current?.metadata, namespace, name: configMapName, annotations };
        const wanted = { metadata, data: { 'ca.crt': rootCa } };
        if (current) await orNotFound(client.update(configMaps, wanted));
        else await client.create(configMaps, wanted);
      };

      return {
        for: namespaces,
        watches: [
          observing(
            configMaps,
            ({ type, object }) => (type === 'added' ? [] : [object.metadata.namespace!]),
            only,
          ),
        ],
        concurrency: 1,
        reconcile: async namespace => {
          const found = namespaceInformer.get(namespace);
          if (found?.status?.phase !== 'Active') return {};
          const current = configMapInformer.get(`${namespace}/${configMapName}`);
          if (current && isPublished(current, rootCa)) return {};
          try {
            await publish(namespace, current);
          } catch (error) {
            if (!hasReason(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
          }
          return { requeueAfterMs: unseenMs };
        },
      };
    },
  });
}

function isPublished(configMap: ConfigMap, rootCa: string): boolean {
  const { data = {}, metadata } = configMap;
  return (
    Object.keys(data).length === 1 &&
    data['ca.crt'] === rootCa &&
    metadata.annotations?.[descriptionAnnotation] !== undefined
  );
}
