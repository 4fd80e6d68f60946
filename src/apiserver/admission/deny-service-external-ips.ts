import type { Service } from '#api/generated/types/core.v1.ts';
import { forbidden } from './denial.ts';
import { type AdmissionPlugin, changeOf } from './plugin.ts';

/** No Service gets external addresses that it has not had: whoever makes one could take others' traffic (CVE-2020-8554). */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  concerns: changeOf('core/services'),
  validate(request) {
    const addresses = (service: unknown) => (service as Service | undefined)?.spec?.externalIPs ?? [];
    const known = new Set(addresses(request.old));
    if (addresses(request.object).every(address => known.has(address))) return;
    throw forbidden(request, 'Use of external IPs is denied by admission control');
  },
};
