import { certificateSigningRequests } from '#api/generated/refs.ts';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { type Controller, defineController } from '#runtime/controller.ts';
import { type CertificateAuthority, conditionOf } from '../shared/certificate-requests.ts';
import { timeMs } from '../shared/time.ts';

const hourMs = 3_600_000;
/** How long a request that nobody judged is kept. */
const pendingMsMax = 24 * hourMs;
/** How long one that was denied, has failed or was issued is kept. */
const judgedMsMax = hourMs;

/** Deletes requests that nobody will look at any more. */
export function csrCleanerController(authority: CertificateAuthority): Controller {
  return defineController({
    name: 'csrcleaner',
    component: 'certificate-controller',
    setup: ({ client, clock, informer }) => {
      const requests = informer(certificateSigningRequests);
      return {
        for: certificateSigningRequests,
        reconcile: async name => {
          const request = requests.get(name);
          const end = request && endMs(authority, request);
          if (end === undefined) return {};
          if (end > clock.now()) return { requeueAfterMs: end - clock.now() };
          const preconditions = { uid: request!.metadata.uid };
          await orNotFound(client.delete(certificateSigningRequests, '', name, { preconditions }));
          return {};
        },
      };
    },
  });
}

/** When a request has outlived its use; undefined while it waits for its signer. */
function endMs(authority: CertificateAuthority, request: CertificateSigningRequest): number | undefined {
  const { metadata, status } = request;
  if (!status?.conditions?.length) return timeMs(metadata.creationTimestamp!) + pendingMsMax;
  const judged = (type: string) => {
    const condition = conditionOf(request, type);
    const at = condition?.lastUpdateTime ?? metadata.creationTimestamp;
    return condition && timeMs(at!) + judgedMsMax;
  };
  const issued = status.certificate ? judged('Approved') : undefined;
  const expired = status.certificate ? authority.endOf(status.certificate) : undefined;
  const ends = [judged('Denied'), judged('Failed'), issued, expired].filter(end => end !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
