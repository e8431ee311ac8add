/* What the page says, in its three languages, and how it writes numbers and dates. */
const TEXTS = {
  ar: {
    skip: "إلى المحتوى", search: "ابحث", searchFor: "ابحث عن منتج", cart: "السلة", track: "تتبّع طلبك", home: "كل المنتجات",
    categories: "الأقسام", sort: "الترتيب", NEWEST: "الأحدث", PRICE_ASC: "الأرخص أولا", PRICE_DESC: "الأغلى أولا",
    NAME: "الاسم", more: "عرض المزيد", loading: "لحظة من فضلك…", none: "لا يوجد منتج هنا.",
    noneFor: "لا نتيجة للبحث عن «{0}».", results: "نتائج «{0}»", soldOut: "نفدت الكمية", add: "أضف إلى السلة", added: "أُضيف إلى السلة.",
    seeCart: "اذهب إلى السلة", choose: "اختر", chooseFirst: "اختر واحدا من الخيارات.", quantity: "الكمية", picture: "صورة {0}",
    remove: "احذف {0}", removeShort: "احذف", empty: "سلتك فارغة.", goShopping: "تصفّح المنتجات", yourOrder: "طلبك", delivery: "التوصيل",
    name: "الاسم الكامل", phone: "رقم الهاتف", phoneHint: "مثال: \u20660555 33 44 55\u2069", wilaya: "الولاية", commune: "البلدية",
    pick: "اختر…", address: "العنوان", optional: "اختياري", notes: "ملاحظة للبائع", HOME: "إلى باب البيت", DESK: "إلى مكتب التوصيل",
    subtotal: "المنتجات", fee: "التوصيل", discount: "تخفيض", total: "المجموع", unserved: "لا نوصّل هكذا إلى هذه الولاية: جرّب الطريقة الأخرى.",
    feeLater: "اختر الولاية", payment: "الدفع نقدا عند الاستلام.", order: "أكّد الطلب", ordering: "نرسل طلبك…",
    thanks: "شكرا، وصلنا طلبك", thanksNote: "نتصل بك قريبا لتأكيده. احتفظ برقم الطلب لتتبّعه.", number: "رقم الطلب",
    trackNote: "أدخل رقم الطلب ورقم الهاتف الذي طلبت به.", show: "اعرض الطلب", status: "الحالة", history: "ما حدث", items: "المنتجات",
    courier: "شركة التوصيل", parcel: "رقم الطرد", PENDING: "في انتظار التأكيد", CONFIRMED: "مؤكَّد", PROCESSING: "قيد التحضير",
    SHIPPED: "في الطريق", DELIVERED: "تم التسليم", CANCELLED: "ملغى", RETURNED: "مُرجَع", retry: "أعد المحاولة", notFoundPage: "هذه الصفحة غير موجودة.",
    "field.required": "هذه الخانة مطلوبة.", "field.phone": "اكتب رقما جزائريا، مثل \u20660555 33 44 55\u2069.", "field.other": "راجع هذه الخانة.",
    "error.offline": "لا اتصال بالمتجر. تحقّق من الإنترنت ثم أعد المحاولة.", "error.rate_limited": "محاولات كثيرة. أعد المحاولة بعد {0}.",
    "error.track": "لا يوجد طلب بهذين الرقمين. تحقّق منهما.", "error.not_found": "هذا المنتج لم يعد معروضا.",
    "error.gone": "لم يعد «{0}» معروضا للبيع. احذفه من السلة.", "error.fields": "راجع الخانات المشار إليها.",
    "error.unconfigured": "هذه الصفحة بلا مفتاح بعد: اكتبه في config.js.", "error.insecure": "الطلب ممكن على https أو localhost فقط.",
    "error.other": "حدث خطأ. أعد المحاولة بعد قليل.", minutes: "{0} دقيقة", seconds: "{0} ثانية", currency: "دج", language: "اللغة", gallery: "صور المنتج",
    welcome: "عن المتجر", everywhere: "توصيل إلى الولايات، إلى البيت أو المكتب.", called: "نتصل بك قبل الإرسال.", fewer: "أنقص واحدا", more1: "زد واحدا",
  },
  fr: {
    skip: "Aller au contenu", search: "Rechercher", searchFor: "Rechercher un produit", cart: "Panier", track: "Suivre ma commande", home: "Tous les produits",
    categories: "Rayons", sort: "Trier", NEWEST: "Nouveautés", PRICE_ASC: "Prix croissant", PRICE_DESC: "Prix décroissant",
    NAME: "Nom", more: "Afficher plus", loading: "Un instant…", none: "Aucun produit ici.",
    noneFor: "Aucun résultat pour « {0} ».", results: "Résultats pour « {0} »", soldOut: "Épuisé", add: "Ajouter au panier", added: "Ajouté au panier.",
    seeCart: "Voir le panier", choose: "Choisissez", chooseFirst: "Choisissez une des options.", quantity: "Quantité", picture: "Image {0}",
    remove: "Retirer {0}", removeShort: "Retirer", empty: "Votre panier est vide.", goShopping: "Voir les produits", yourOrder: "Votre commande", delivery: "Livraison",
    name: "Nom et prénom", phone: "Téléphone", phoneHint: "Par exemple 0555 33 44 55", wilaya: "Wilaya", commune: "Commune",
    pick: "Choisir…", address: "Adresse", optional: "facultatif", notes: "Message au vendeur", HOME: "À domicile", DESK: "Au bureau du transporteur",
    subtotal: "Produits", fee: "Livraison", discount: "Remise", total: "Total", unserved: "Pas de livraison de ce type dans cette wilaya : essayez l’autre.",
    feeLater: "Choisissez la wilaya", payment: "Paiement en espèces à la livraison.", order: "Commander", ordering: "Envoi de la commande…",
    thanks: "Merci, commande reçue", thanksNote: "Nous vous appelons bientôt pour la confirmer. Gardez son numéro pour la suivre.", number: "Numéro de commande",
    trackNote: "Entrez le numéro de commande et le téléphone utilisé.", show: "Voir la commande", status: "État", history: "Historique", items: "Produits",
    courier: "Transporteur", parcel: "Numéro de colis", PENDING: "En attente de confirmation", CONFIRMED: "Confirmée", PROCESSING: "En préparation",
    SHIPPED: "En route", DELIVERED: "Livrée", CANCELLED: "Annulée", RETURNED: "Retournée", retry: "Réessayer", notFoundPage: "Cette page n’existe pas.",
    "field.required": "Ce champ est obligatoire.", "field.phone": "Entrez un numéro algérien, par exemple 0555 33 44 55.", "field.other": "Vérifiez ce champ.",
    "error.offline": "Pas de connexion à la boutique. Vérifiez votre accès à Internet et réessayez.", "error.rate_limited": "Trop d’essais. Réessayez dans {0}.",
    "error.track": "Aucune commande avec ces deux numéros. Vérifiez-les.", "error.not_found": "Ce produit n’est plus en vente.",
    "error.gone": "« {0} » n’est plus en vente. Retirez-le du panier.", "error.fields": "Vérifiez les champs signalés.",
    "error.unconfigured": "Cette page n’a pas encore de clé : écrivez-la dans config.js.", "error.insecure": "On ne peut commander que sur https ou localhost.",
    "error.other": "Une erreur est survenue. Réessayez dans un instant.", minutes: "{0} min", seconds: "{0} s", currency: "DA", language: "Langue", gallery: "Images du produit",
    welcome: "La boutique", everywhere: "Livraison dans les wilayas, à domicile ou au bureau.", called: "Nous vous appelons avant l’envoi.", fewer: "Un de moins", more1: "Un de plus",
  },
  en: {
    skip: "Skip to content", search: "Search", searchFor: "Search for a product", cart: "Cart", track: "Track my order", home: "All products",
    categories: "Categories", sort: "Sort", NEWEST: "Newest", PRICE_ASC: "Price, low to high", PRICE_DESC: "Price, high to low",
    NAME: "Name", more: "Show more", loading: "One moment…", none: "No products here.",
    noneFor: "Nothing found for “{0}”.", results: "Results for “{0}”", soldOut: "Sold out", add: "Add to cart", added: "Added to the cart.",
    seeCart: "Go to the cart", choose: "Choose", chooseFirst: "Choose one of the options.", quantity: "Quantity", picture: "Picture {0}",
    remove: "Remove {0}", removeShort: "Remove", empty: "Your cart is empty.", goShopping: "See the products", yourOrder: "Your order", delivery: "Delivery",
    name: "Full name", phone: "Phone", phoneHint: "Such as 0555 33 44 55", wilaya: "Wilaya", commune: "Commune",
    pick: "Choose…", address: "Address", optional: "optional", notes: "Note to the seller", HOME: "To your door", DESK: "To the courier’s desk",
    subtotal: "Products", fee: "Delivery", discount: "Discount", total: "Total", unserved: "No such delivery in this wilaya: try the other one.",
    feeLater: "Choose the wilaya", payment: "Cash on delivery.", order: "Place the order", ordering: "Sending your order…",
    thanks: "Thank you, we have your order", thanksNote: "We’ll call you soon to confirm it. Keep its number to track it.", number: "Order number",
    trackNote: "Enter the order number and the phone number that you ordered with.", show: "Show the order", status: "Status", history: "History", items: "Products",
    courier: "Courier", parcel: "Parcel number", PENDING: "Waiting for confirmation", CONFIRMED: "Confirmed", PROCESSING: "Being prepared",
    SHIPPED: "On its way", DELIVERED: "Delivered", CANCELLED: "Cancelled", RETURNED: "Returned", retry: "Try again", notFoundPage: "There is no such page.",
    "field.required": "This is required.", "field.phone": "Enter an Algerian number, such as 0555 33 44 55.", "field.other": "Check this field.",
    "error.offline": "The shop can’t be reached. Check your connection and try again.", "error.rate_limited": "Too many tries. Try again in {0}.",
    "error.track": "There is no order with these two numbers. Check both.", "error.not_found": "This product isn’t for sale any more.",
    "error.gone": "“{0}” isn’t for sale any more. Remove it from the cart.", "error.fields": "Check the fields that are marked.",
    "error.unconfigured": "This page has no key yet: put it into config.js.", "error.insecure": "Orders can be placed on https or localhost alone.",
    "error.other": "Something went wrong. Try again in a moment.", minutes: "{0} min", seconds: "{0} s", currency: "DA", language: "Language", gallery: "Product pictures",
    welcome: "About the shop", everywhere: "Delivered to the wilayas: to your door or a desk.", called: "We call you before we send it.", fewer: "One less", more1: "One more",
  },
};
const REGIONS = { ar: "ar-DZ", fr: "fr-DZ", en: "en-GB" };
const KEPT = "dzbuild.language";

// Each language by its own name, and how that begins.
export const LANGUAGES = { ar: ["العربية", "ع"], fr: ["Français", "Fr"], en: ["English", "En"] };
let language = "fr";

/** Speak the language that the shopper chose before, or else the store's. */
export function speak(chosen, keep = false) {
  language = TEXTS[chosen] ? chosen : "fr";
  if (keep) localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
}

export const chosenLanguage = () => new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(KEPT);
export const spoken = () => language;

/** The text of a name, with `{0}` filled in. */
export function text(name, value = "") {
  return (TEXTS[language][name] ?? name).replace("{0}", value);
}

export function money(amount) {
  return `${new Intl.NumberFormat(REGIONS[language]).format(amount)} ${text("currency")}`;
}

export function moment(time) {
  const format = { dateStyle: "medium", timeStyle: "short", timeZone: "Africa/Algiers" };
  return new Intl.DateTimeFormat(REGIONS[language], format).format(new Date(time));
}

export function duration(seconds) {
  return seconds >= 60 ? text("minutes", Math.ceil(seconds / 60)) : text("seconds", seconds);
}

/** A sentence for what went wrong. */
export function sentence(error) {
  if (error.code === "rate_limited") return text("error.rate_limited", duration(error.retryAfter || 60));
  const name = `error.${error.code}`;
  return text(TEXTS[language][name] ? name : "error.other");
}
