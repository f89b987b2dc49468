/**
 * Mends what node-opcua-crypto does to the environment whenever it reads a private key: it means to put OPENSSL_CONF back, and where there
 * was none it leaves the text "undefined" (6.0.0, `source_nodejs/read.js`). Every program that Node-RED starts afterwards and that uses OpenSSL would look for a file of that name.
 */
export const mendEnvironment = (): void => {
  if (process.env.OPENSSL_CONF === 'undefined') delete process.env.OPENSSL_CONF
}
