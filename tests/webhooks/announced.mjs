// The announcement's handler without its framework: the verifying code as it stands there, over what a test hands in.
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';

const { secret, headers, body } = JSON.parse(readFileSync(0, 'utf8'));
const SECRET = secret;
const req = { get: (name) => headers[name.toLowerCase()], body: Buffer.from(body, 'base64') };

function verify() {
  const ts = req.get('X-DZ-Timestamp');
  const sig = req.get('X-DZ-Signature');
  if (!ts || !sig) return 401;
  if (Math.abs(Math.floor(Date.now()/1000) - Number(ts)) > 300) return 401;
  const bodyHash = crypto.createHash('sha256').update(req.body).digest('hex');
  const expected = crypto.createHmac('sha256', SECRET).update(`${ts}.${bodyHash}`).digest('hex');
  if (expected.length !== sig.length ||
      !crypto.timingSafeEqual(Buffer.from(expected), Buffer.from(sig))) {
    return 401;
  }
  return 200;
}

console.log(verify());
