import { namespaces, serviceAccounts } from '#api/generated/refs.ts';
import { hasReason } from '#machinery/status.ts';
import { defineController, observing } from '#runtime/controller.ts';
import { isNamespaceTerminating } from '../shared/pod-control.ts';
import { unseenMs } from '../shared/unseen.ts';

const accountName = 'default';

/** Gives each active namespace its default ServiceAccount, and gives it again when it is deleted. */
export const serviceAccountController = defineController({
  name: 'serviceaccount',
  component: 'service-account-controller',
  setup: ({ client, informer }) => {
    const namespaceInformer = informer(namespaces);
    const accounts = informer(serviceAccounts, { fieldSelector: `metadata.name=${accountName}` });
    return {
      for: namespaces,
      watches: [
        observing(
          serviceAccounts,
          ({ type, object }) => (type === 'deleted' ? [object.metadata.namespace!] : []),
          { fieldSelector: `metadata.name=${accountName}` },
        ),
      ],
      concurrency: 1,
      reconcile: async namespace => {
        if (namespaceInformer.get(namespace)?.status?.phase !== 'Active') return {};
        if (accounts.get(`${namespace}/${accountName}`)) return {};
        try {
          await client.create(serviceAccounts, { metadata: { namespace, name: accountName } });
        } catch (error) {
          if (!hasReason(error, 'AlreadyExists') && !isNamespaceTerminating(error)) throw error;
        }
        return { requeueAfterMs: unseenMs };
      },
    };
  },
});
