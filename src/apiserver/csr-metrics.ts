import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { CounterFamily, type MetricFamily } from '#base/metric-families.ts';
import type { Change } from './resources/resource-cache.ts';
import type { StateCache } from './resources/state-cache.ts';

/** What a signer may differ by: what it dates back certificates, and a share of what was asked for. */
const backdatedMs = 5 * 60_000;
const shareMax = 1 / 20;

/** Whether signers give certificates the time that was asked for, under upstream's names. */
export class CsrMetrics {
  readonly #requested = new CounterFamily({
    name: 'apiserver_certificates_registry_csr_requested_duration_total',
    help: 'Total number of issued CSRs with a requested duration, sliced by signer (only kubernetes.io signer names are specifically identified)',
    stability: 'ALPHA',
  });
  readonly #honored = new CounterFamily({
    name: 'apiserver_certificates_registry_csr_honored_duration_total',
    help: 'Total number of issued CSRs with a requested duration that was honored, sliced by signer (only kubernetes.io signer names are specifically identified)',
    stability: 'ALPHA',
  });
  readonly families: readonly MetricFamily[] = [this.#requested, this.#honored];

  /** Follows the requests of this server's state, for as long as that is there. */
  constructor(state: StateCache) {
    const requests = state.bucket('certificates.k8s.io/certificatesigningrequests');
    requests.watch(requests.lastChange, { prefix: '', change: change => this.#look(change) });
  }

  #look({ type, entry, previous }: Change): void {
    const { spec, status } = entry.object as CertificateSigningRequest;
    const before = previous?.object as CertificateSigningRequest | undefined;
    if (type !== 'put' || !before || before.status?.certificate || !status?.certificate) return;
    if (spec.expirationSeconds === undefined) return;
    const signerName = spec.signerName.startsWith('kubernetes.io/') ? spec.signerName : 'other';
    this.#requested.add({ signerName });
    if (isHonored(spec.expirationSeconds * 1000, status.certificate)) this.#honored.add({ signerName });
  }
}

/** `certificate`: base64 of PEM, whose first one counts. */
function isHonored(wantedMs: number, certificate: string): boolean {
  try {
    const { validFromDate, validToDate } = new X509Certificate(Buffer.from(certificate, 'base64'));
    const givenMs = validToDate.getTime() - validFromDate.getTime();
    return Math.abs(wantedMs - givenMs) < backdatedMs + wantedMs * shareMax;
  } catch {
    return false;
  }
}
