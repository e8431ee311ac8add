// The announcement's webhook handler as it stands there, and below the line what it leaves to its reader.
import crypto from 'node:crypto';
import express from 'express';
const app = express();
const SECRET = process.env.DZBUILD_WEBHOOK_SECRET;
app.post('/webhooks/dzbuild',
express.raw({ type: 'application/json' }), // we need the RAW body for HMAC
(req, res) => {
const ts = req.get('X-DZ-Timestamp');
const sig = req.get('X-DZ-Signature');
if (!ts || !sig) return res.status(401).end();
if (Math.abs(Math.floor(Date.now()/1000) - Number(ts)) > 300) return res.status(401).end();
const bodyHash = crypto.createHash('sha256').update(req.body).digest('hex');
const expected = crypto.createHmac('sha256', SECRET).update(`${ts}.${bodyHash}`).digest('hex');
if (expected.length !== sig.length ||
!crypto.timingSafeEqual(Buffer.from(expected), Buffer.from(sig))) {
return res.status(401).end();
}
const evt = JSON.parse(req.body.toString('utf8'));
switch (evt.event) {
case 'order.created': handleNewOrder(evt.data); break;
case 'order.shipped': sendShippingNotification(evt.data); break;
}
res.status(200).end();
});

// ---
function handleNewOrder(data) { console.log(JSON.stringify(['order.created', data])); }
function sendShippingNotification(data) { console.log(JSON.stringify(['order.shipped', data])); }
app.listen(0, '127.0.0.1', function () { console.log(JSON.stringify(this.address().port)); });
