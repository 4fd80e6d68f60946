import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { statusError } from '#machinery/status.ts';
import type { Authorizer } from '../identity.ts';
import { readName } from '../pki/certificate.ts';
import { readDer } from '../pki/der.ts';
import { type AdmissionPlugin, type RequestKind, creationOf } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

const bucket = 'certificates.k8s.io/certificatesigningrequests';

/** Whether the user may do this to requests for a signer: by its name, or by its whole domain. */
async function isAuthorized(
  authorizer: Authorizer,
  { user }: AdmissionRequest,
  verb: string,
  signerName: string,
): Promise<boolean> {
  const domain = `${signerName.slice(0, signerName.indexOf('/'))}/*`;
  for (const name of [signerName, domain]) {
    const { decision } = await authorizer.authorize({
      user,
      verb,
      isResource: true,
      group: 'certificates.k8s.io',
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
      path: '',
    });
    if (decision === 'allow') return true;
  }
  return false;
}

async function mustBeAuthorized(
  authorizer: Authorizer,
  request: AdmissionRequest,
  verb: string,
): Promise<void> {
  const { signerName } = (request.old as CertificateSigningRequest).spec;
  if (await isAuthorized(authorizer, request, verb, signerName)) return;
  const why = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`;
  throw statusError.forbidden(request.served.what, request.name, why);
}

function isUpdateOf({ served, operation, subresource }: RequestKind, name: string): boolean {
  return served.bucket === bucket && operation === 'UPDATE' && subresource === name;
}

/** Who approves or denies a request must be allowed to for its signer. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    concerns: kind => isUpdateOf(kind, 'approval'),
    validate: request => mustBeAuthorized(authorizer, request, 'approve'),
  };
}

/** Who issues the certificate, or says that it failed, must be allowed to for the signer. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    concerns: kind => isUpdateOf(kind, 'status'),
    validate(request) {
      const [now, old] = [request.object, request.old].map(csr => (csr as CertificateSigningRequest).status);
      const isUnchanged =
        (now?.certificate ?? '') === (old?.certificate ?? '') &&
        deepEqual(now?.conditions ?? [], old?.conditions ?? []);
      return isUnchanged ? undefined : mustBeAuthorized(authorizer, request, 'sign');
    },
  };
}

const apiServerClient = 'kubernetes.io/kube-apiserver-client';

/** Nobody gets a client certificate that makes them an administrator beyond RBAC. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  concerns: creationOf(bucket),
  validate({ served, object, name }) {
    const { signerName, request } = (object as CertificateSigningRequest).spec;
    if (signerName !== apiServerClient) return;
    const refuse = (why: string) => statusError.forbidden(served.what, name, why);
    let organizations: readonly string[];
    try {
      organizations = organizationsOf(atob(request));
    } catch (error) {
      throw refuse(`failed to parse CSR: ${(error as Error).message}`);
    }
    if (organizations.includes('system:masters')) {
      throw refuse(`use of ${signerName} signer with system:masters group is not allowed`);
    }
  },
};

/** The organizations of a PKCS #10 request's subject (RFC 2986); who made it is not asked here. */
function organizationsOf(pem: string): readonly string[] {
  const body = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END/.exec(pem)?.[1];
  if (body === undefined) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const [request] = readDer(Uint8Array.fromBase64(body.replaceAll(/\s/g, '')));
  const [info] = readDer(request!.content);
  const [, subject] = readDer(info!.content);
  return readName(subject!.bytes).organizations ?? [];
}
