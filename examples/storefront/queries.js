/* Every operation of this page, written out: they can be registered as they are, and nothing else run with the key. */
export const SHOP = `query Shop {
  store { name description language logo banner theme { primaryColor secondaryColor backgroundColor fontFamily } }
  categories(first: 200) { nodes { databaseId name parentId position } }
}`;

export const PRODUCTS = `query Products($search: String, $category: ID, $sort: ProductSort!, $after: String) {
  products(first: 24, after: $after, search: $search, category: $category, sort: $sort) {
    nodes { databaseId name slug price comparePrice primaryImage inStock }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const PRODUCT = `query Product($slug: String!) {
  product(slug: $slug) {
    databaseId name slug description shortDescription price comparePrice inStock hasVariants
    category { databaseId name }
    images { url alt }
    variants { databaseId name price inStock }
  }
}`;

export const WILAYAS = `query Wilayas {
  wilayas { databaseId name nameAr communes { name nameAr } }
}`;

export const QUOTE = `query Quote($wilaya: Int!, $type: DeliveryType!, $items: [DeliveryQuoteItemInput!]!) {
  deliveryQuote(wilayaId: $wilaya, deliveryType: $type, items: $items) { subtotal fee total }
}`;

const ORDER = `orderNumber status subtotal deliveryFee discount total createdAt
    delivery { type deskName courier trackingNumber }
    items { name variant quantity total }
    timeline { to at }`;

export const PLACE = `mutation Place($input: OrderPlaceInput!) {
  orderPlace(input: $input) { order {
    ${ORDER}
  } }
}`;

export const TRACK = `query Track($number: String!, $phone: String!) {
  orderTrack(orderNumber: $number, phone: $phone) {
    ${ORDER}
  }
}`;
