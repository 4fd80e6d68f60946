/** The DER of a request for CN=conformance, whose key nobody has, in base64. */
export const requestBody =
  'MIHRMHgCAQAwFjEUMBIGA1UEAwwLY29uZm9ybWFuY2UwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARxCVvdualp2SXNIYM3izoEuQm4QSV7DJfVIyNu' +
  'c3+zazGUCN3pvSyTBsmEaeo5Ln7AhyW7ObHWVeibKmmsfPuNoAAwCgYIKoZIzj0EAwIDSQAwRgIhAM9RoMHKneAf6LbmSbcJtO9MctvFLXUdEZao2MbM' +
  'HW48AiEAzGVWJA7tbXo9JyxNwY+ZECuzVS9s8DvEe0VZwmGbEV8=';

export const requestPem = `-----BEGIN CERTIFICATE REQUEST-----\n${requestBody}\n-----END CERTIFICATE REQUEST-----\n`;

/** The DER of a certificate for CN=x, signed by itself, in base64. */
export const issuedBody =
  'MIIBcDCCARWgAwIBAgIUdMBPeFKgC9gulkMu/aIg35pVh14wCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBeDAgFw0yNjExMjkyMzMxNDRaGA8yMTI2MTEw' +
  'NTIzMzE0NFowDDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHa0Xzu+I2+qPAd+Ak71g9oJC8rPzHlnjnixWQkWFWZWi9VqlIjE' +
  'RQe8JWJd+GUy8Zt4l9yVwvSaZV6lu2kSUpujUzBRMB0GA1UdDgQWBBRoplkdn6YEMYIkbZiCtyF87hpxIzAfBgNVHSMEGDAWgBRoplkdn6YEMYIkbZiC' +
  'tyF87hpxIzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCb2Zu42SvRxu5yc1ecQrjewxG0PPmMUchzSVD9FgXBygIhAN4YypICemyN' +
  'q7/2+65fmwdhFGqKo9EHPXD5uKRHjNXf';
