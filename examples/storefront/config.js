/* Which store this page is of. Each can be given in the address too: ?api=…&key=…&secret=… (`dzbuild demo` fills them in).
   The signing secret of a public key is no secret: it shows that an order came from this page, and gives nothing away. */
export default {
  api: "", // where the API is, such as "https://api.dzbuild.app"; empty: where this page is
  key: "", // the store's public key: "dzpub_live_…", with storefront:read and checkout:write
  secret: "", // the signing secret that came with it
};
