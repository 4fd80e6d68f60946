/** The DER of a request for CN=conformance, whose key nobody has, in base64. */
export const requestBody =
  'MIHRMHgCAQAwFjEUMBIGA1UEAwwLY29uZm9ybWFuY2UwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARxCVvdualp2SXNIYM3izoEuQm4QSV7DJfVIyNu' +
  'c3+zazGUCN3pvSyTBsmEaeo5Ln7AhyW7ObHWVeibKmmsfPuNoAAwCgYIKoZIzj0EAwIDSQAwRgIhAM9RoMHKneAf6LbmSbcJtO9MctvFLXUdEZao2MbM' +
  'HW48AiEAzGVWJA7tbXo9JyxNwY+ZECuzVS9s8DvEe0VZwmGbEV8=';

export const requestPem = `-----BEGIN CERTIFICATE REQUEST-----\n${requestBody}\n-----END CERTIFICATE REQUEST-----\n`;
