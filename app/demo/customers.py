"""Who orders in the demo shops."""

from typing import Final, NamedTuple


class DemoCustomer(NamedTuple):
    """Somebody who orders."""

    name: str
    phone: str
    wilaya_id: int
    commune: str
    address: str | None = None
    email: str | None = None


# The first ones order most.
CUSTOMERS: Final = (
    DemoCustomer("أمينة بن علي", "0555 10 20 31", 16, "Bab Ezzouar", "حي 5 جويلية، عمارة 12", "amina@example.dz"),
    DemoCustomer("Yacine Haddad", "0661 22 33 44", 31, "Oran", "14, rue Larbi Ben M'hidi"),
    DemoCustomer("نسرين قاسمي", "0770 45 67 81", 25, "Constantine", "شارع عبان رمضان"),
    DemoCustomer(
        "Karim Aït Ouali", "0551 98 76 54", 15, "Tizi Ouzou", "Nouvelle-Ville, bâtiment C", "karim@example.dz"
    ),
    DemoCustomer("سفيان مرابط", "0662 11 00 99", 9, "Blida"),
    DemoCustomer("Lynda Bouzid", "0773 30 40 50", 6, "Béjaïa", "Cité Tobbal"),
    DemoCustomer("عبد القادر تواتي", "0558 70 60 50", 47, "Ghardaïa", "قصر مليكة"),
    DemoCustomer("Meriem Cherif", "0665 81 82 83", 23, "Annaba", "Cours de la Révolution, 3", "meriem@example.dz"),
    DemoCustomer("هدى زروقي", "0779 14 15 16", 19, "Sétif"),
    DemoCustomer("Tarek Belkacem", "0552 61 62 63", 30, "Ouargla", "Cité En-Nasr"),
    DemoCustomer("فاطمة الزهراء بوعلام", "0556 12 48 90", 16, "Kouba", "حي البدر، عمارة 7"),
    DemoCustomer("Sofiane Mansouri", "0663 40 17 25", 16, "Hydra", "Chemin du Val d'Hydra, 9"),
    DemoCustomer("إيمان شريفي", "0771 58 32 06", 5, "Batna", "حي بوعقال"),
    DemoCustomer("Nadia Ferhat", "0549 73 81 12", 13, "Tlemcen", "Imama, cité 400 logements", "nadia@example.dz"),
    DemoCustomer("محمد رضا بلقاسم", "0667 20 95 43", 19, "El Eulma", "شارع جيش التحرير"),
    DemoCustomer("Amel Khelifi", "0772 64 09 37", 18, "Jijel", "Village Moussa"),
    DemoCustomer("ياسمين عمراني", "0559 31 77 28", 31, "Bir El Djir", "حي خميستي"),
    DemoCustomer("Djamel Ouared", "0664 85 50 61", 21, "Skikda", "Rue Didouche Mourad, 41"),
    DemoCustomer("خديجة سعدي", "0775 92 13 54", 7, "Biskra"),
    DemoCustomer("Rania Saadi", "0553 47 26 80", 25, "El Khroub", "Cité 1600 logements, bloc D"),
    DemoCustomer("بلال حمداني", "0668 03 69 15", 27, "Mostaganem", "صلامندر"),
    DemoCustomer("Walid Benyahia", "0776 51 84 72", 35, "Boumerdès", "Cité 800 logements"),
    DemoCustomer("سمية لعلاوي", "0550 18 29 63", 26, "Médéa"),
    DemoCustomer("Ines Guerfi", "0669 76 35 08", 16, "Chéraga", "Lotissement Amara, villa 22", "ines@example.dz"),
    DemoCustomer("رشيد بوشامة", "0778 27 60 49", 34, "Bordj Bou Arréridj", "حي 17 أكتوبر"),
    DemoCustomer("Samir Lounis", "0554 90 42 17", 6, "Akbou", "Guendouza"),
    DemoCustomer("أسماء دحماني", "0660 39 58 74", 42, "Tipaza"),
    DemoCustomer("Fares Zitouni", "0774 05 91 36", 8, "Béchar", "Hai Es-Salam"),
)
