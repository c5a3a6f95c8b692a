/** A choice of a category: the values in order, and what each adds to the price in rupiah and to the weight in grams. */
export interface OptionSpec {
  readonly name: string;
  readonly values: readonly { readonly value: string; readonly addRupiah?: number; readonly addGrams?: number }[];
}

/** What a made-up shop of a category sells. A title is base + style + line. */
export interface Category {
  readonly slug: string;
  readonly shopNames: readonly string[];
  /** Regencies the shops are in, as the reference data names them. */
  readonly regencies: readonly string[];
  readonly bases: readonly { readonly name: string; readonly rupiah: number; readonly grams: number }[];
  readonly styles: readonly string[];
  readonly lines: readonly string[];
  readonly options: readonly OptionSpec[];
  readonly description: string;
}

function plain(name: string, values: readonly string[]): OptionSpec {
  return { name, values: values.map((value) => ({ value })) };
}

const clothingSizes: OptionSpec = {
  name: "Ukuran",
  values: [
    { value: "S" },
    { value: "M" },
    { value: "L" },
    { value: "XL", addRupiah: 10_000, addGrams: 20 },
    { value: "XXL", addRupiah: 20_000, addGrams: 40 },
  ],
};

/** The twelve categories; product n belongs to category n % 12. All names were made up for this seed. */
export const categories: readonly Category[] = [
  {
    slug: "batik",
    shopNames: [
      "Batik Sekar Arum",
      "Griya Batik Lasem",
      "Canting Pekalongan",
      "Batik Kencana Solo",
      "Rumah Batik Wiji",
    ],
    regencies: ["Kota Pekalongan", "Kota Surakarta", "Kota Yogyakarta", "Kabupaten Rembang"],
    bases: [
      { name: "Kemeja Batik Pria Lengan Panjang", rupiah: 189_000, grams: 300 },
      { name: "Kemeja Batik Pria Lengan Pendek", rupiah: 149_000, grams: 250 },
      { name: "Blus Batik Wanita", rupiah: 135_000, grams: 220 },
      { name: "Gamis Batik", rupiah: 219_000, grams: 450 },
      { name: "Outer Batik", rupiah: 159_000, grams: 280 },
      { name: "Rok Lilit Batik", rupiah: 99_000, grams: 260 },
    ],
    styles: [
      "Parang",
      "Kawung",
      "Mega Mendung",
      "Truntum",
      "Sekar Jagad",
      "Sidomukti",
      "Lasem",
      "Tujuh Rupa",
      "Ceplok",
    ],
    lines: ["Katun Primisima", "Katun Prima", "Cap Halus", "Kombinasi Tulis", "Dobby", "Sutra Tenun"],
    options: [clothingSizes],
    description:
      "Dijahit rapi dengan kancing senada. Cuci dengan lerak atau sampo, jangan diperas, jemur di tempat teduh.",
  },
  {
    slug: "hijab",
    shopNames: ["Hijab Naura", "Kerudung Salwa", "Zahra Scarf", "Rumah Hijab Aisyah", "Pashmina Kita"],
    regencies: ["Kota Bandung", "Kabupaten Bandung", "Kota Depok", "Kota Tangerang"],
    bases: [
      { name: "Pashmina", rupiah: 45_000, grams: 150 },
      { name: "Hijab Segi Empat", rupiah: 39_000, grams: 120 },
      { name: "Bergo Instan", rupiah: 49_000, grams: 160 },
      { name: "Khimar", rupiah: 89_000, grams: 250 },
      { name: "Ciput", rupiah: 18_000, grams: 50 },
    ],
    styles: [
      "Voal",
      "Ceruty Babydoll",
      "Jersey Premium",
      "Kaos Rayon",
      "Crinkle",
      "Katun Paris",
      "Silk Satin",
      "Diamond",
    ],
    lines: ["Polos", "Laser Cut", "Motif Bunga", "Pet Antem", "Anti Kusut", "Jahit Tepi", "Seri Harian"],
    options: [plain("Warna", ["Hitam", "Mocca", "Broken White", "Sage", "Dusty Pink", "Navy"])],
    description: "Bahan adem, tidak menerawang, mudah dibentuk. Warna dapat sedikit berbeda karena pencahayaan foto.",
  },
  {
    slug: "kopi",
    shopNames: [
      "Kopi Lereng Gayo",
      "Sangrai Nusantara",
      "Kedai Biji Toraja",
      "Kopi Bukit Kintamani",
      "Robusta Lestari",
    ],
    regencies: ["Kabupaten Aceh Tengah", "Kabupaten Bangli", "Kabupaten Temanggung", "Kabupaten Toraja Utara"],
    bases: [
      { name: "Kopi Arabika", rupiah: 68_000, grams: 220 },
      { name: "Kopi Robusta", rupiah: 42_000, grams: 220 },
      { name: "Kopi Peaberry", rupiah: 85_000, grams: 220 },
      { name: "House Blend", rupiah: 55_000, grams: 220 },
      { name: "Kopi Luwak Liar", rupiah: 245_000, grams: 120 },
    ],
    styles: [
      "Gayo",
      "Toraja Sapan",
      "Kintamani",
      "Flores Bajawa",
      "Temanggung",
      "Mandheling",
      "Wamena",
      "Ijen",
      "Lampung",
    ],
    lines: ["Sangrai Medium", "Sangrai Gelap", "Sangrai Terang", "Natural", "Honey", "Full Wash", "Semi Wash"],
    options: [
      plain("Gilingan", ["Biji utuh", "Kasar", "Halus"]),
      {
        name: "Berat",
        values: [{ value: "200 g" }, { value: "500 g", addRupiah: 75_000, addGrams: 300 }],
      },
    ],
    description: "Disangrai sesuai pesanan, tanggal sangrai tertera pada kemasan. Simpan di tempat kering dan sejuk.",
  },
  {
    slug: "sambal",
    shopNames: ["Sambal Mak Ijah", "Dapur Pedas Bu Rini", "Sambal Roa Manado", "Cabe Rawit Jogja", "Sambal Kampung"],
    regencies: ["Kota Manado", "Kabupaten Sleman", "Kota Surabaya", "Kota Denpasar"],
    bases: [
      { name: "Sambal Bawang", rupiah: 25_000, grams: 200 },
      { name: "Sambal Roa", rupiah: 38_000, grams: 200 },
      { name: "Sambal Matah", rupiah: 32_000, grams: 200 },
      { name: "Sambal Cumi Asin", rupiah: 42_000, grams: 200 },
      { name: "Sambal Teri Kacang", rupiah: 35_000, grams: 200 },
      { name: "Sambal Andaliman", rupiah: 36_000, grams: 200 },
    ],
    styles: [
      "Botol Kaca 150 g",
      "Botol 200 g",
      "Pouch 100 g",
      "Pouch 250 g",
      "Paket Isi 2",
      "Paket Isi 3",
      "Kemasan Bekal",
    ],
    lines: ["Tanpa Pengawet", "Resep Keluarga", "Ulekan Tangan", "Minyak Kelapa", "Cabai Segar", "Dapur Rumah"],
    options: [plain("Tingkat pedas", ["Sedang", "Pedas", "Sangat pedas"])],
    description:
      "Tahan 3 bulan suhu ruang sebelum dibuka, simpan di kulkas setelah dibuka. Dimasak dalam jumlah kecil.",
  },
  {
    slug: "keripik",
    shopNames: [
      "Keripik Balado Uni",
      "Camilan Kriuk Malang",
      "Singkong Renyah",
      "Snack Tempo Dulu",
      "Oleh-oleh Lampung",
    ],
    regencies: ["Kota Padang", "Kota Malang", "Kota Bandar Lampung", "Kabupaten Garut"],
    bases: [
      { name: "Keripik Singkong", rupiah: 16_000, grams: 200 },
      { name: "Keripik Pisang", rupiah: 18_000, grams: 200 },
      { name: "Keripik Tempe", rupiah: 20_000, grams: 180 },
      { name: "Keripik Kaca", rupiah: 15_000, grams: 150 },
      { name: "Keripik Talas", rupiah: 19_000, grams: 200 },
      { name: "Kerupuk Kulit", rupiah: 28_000, grams: 120 },
    ],
    styles: ["Renyah", "Tipis", "Iris Panjang", "Mini", "Jumbo", "Sagu", "Kampung"],
    lines: ["Kemasan Zipper", "Oleh-oleh", "Ekstra Bumbu", "Minyak Sekali Pakai", "Rumahan", "Siap Bekal"],
    options: [
      plain("Rasa", ["Original", "Balado", "Keju", "Jagung bakar"]),
      { name: "Berat", values: [{ value: "200 g" }, { value: "500 g", addRupiah: 22_000, addGrams: 300 }] },
    ],
    description: "Digoreng harian, dikemas rapat. Bumbu bisa turun ke dasar kemasan: kocok dulu sebelum dibuka.",
  },
  {
    slug: "skincare",
    shopNames: ["Glow Melati", "Ayu Skin Lab", "Rupa Natural", "Kulit Tropis", "Botani Cantik"],
    regencies: ["Kota Jakarta Selatan", "Kota Tangerang Selatan", "Kota Surabaya", "Kota Semarang"],
    bases: [
      { name: "Serum Wajah", rupiah: 79_000, grams: 80 },
      { name: "Pelembap", rupiah: 69_000, grams: 100 },
      { name: "Sabun Muka", rupiah: 45_000, grams: 130 },
      { name: "Tabir Surya SPF 50", rupiah: 75_000, grams: 90 },
      { name: "Toner", rupiah: 59_000, grams: 160 },
      { name: "Masker Lumpur", rupiah: 52_000, grams: 120 },
    ],
    styles: ["Niacinamide", "Centella", "Teh Hijau", "Bengkuang", "Ceramide", "Salicylic Acid", "Beras"],
    lines: ["Kulit Berminyak", "Kulit Kering", "Kulit Sensitif", "Semua Jenis Kulit", "Remaja", "Seri Harian"],
    options: [
      {
        name: "Isi",
        values: [{ value: "30 ml" }, { value: "60 ml", addRupiah: 45_000, addGrams: 40 }],
      },
    ],
    description: "Tanpa pewangi tambahan. Uji di belakang telinga selama 24 jam sebelum dipakai di wajah.",
  },
  {
    slug: "sepatu",
    shopNames: ["Sepatu Cibaduyut Jaya", "Langkah Kaki", "Sol Nusantara", "Mojokerto Shoes", "Jejak Kulit"],
    regencies: ["Kota Bandung", "Kabupaten Mojokerto", "Kabupaten Magetan", "Kota Bogor"],
    bases: [
      { name: "Sneakers Kanvas", rupiah: 175_000, grams: 800 },
      { name: "Sepatu Pantofel", rupiah: 265_000, grams: 900 },
      { name: "Sandal Gunung", rupiah: 129_000, grams: 650 },
      { name: "Sepatu Lari", rupiah: 289_000, grams: 700 },
      { name: "Flat Shoes", rupiah: 115_000, grams: 500 },
      { name: "Sepatu Bot Kulit", rupiah: 389_000, grams: 1_200 },
    ],
    styles: ["Pria", "Wanita", "Unisex", "Sekolah", "Kerja", "Santai", "Anak"],
    lines: ["Sol Karet", "Jahit Sol", "Ringan", "Anti Selip", "Kulit Sapi", "Seri Klasik"],
    options: [plain("Ukuran", ["37", "38", "39", "40", "41", "42", "43"])],
    description: "Ukuran standar lokal. Ukur panjang telapak kaki lalu cocokkan dengan tabel ukuran sebelum membeli.",
  },
  {
    slug: "tas",
    shopNames: ["Tas Anyam Rajapolah", "Kulit Manding", "Tas Tenun Jepara", "Ransel Kita", "Koper Sahabat"],
    regencies: ["Kabupaten Tasikmalaya", "Kabupaten Bantul", "Kabupaten Jepara", "Kota Jakarta Barat"],
    bases: [
      { name: "Tas Selempang", rupiah: 119_000, grams: 450 },
      { name: "Ransel Laptop", rupiah: 229_000, grams: 900 },
      { name: "Tote Bag", rupiah: 69_000, grams: 300 },
      { name: "Dompet Panjang", rupiah: 89_000, grams: 180 },
      { name: "Tas Pinggang", rupiah: 85_000, grams: 250 },
      { name: "Tas Jinjing", rupiah: 149_000, grams: 500 },
    ],
    styles: ["Kanvas", "Kulit Sintetis", "Anyaman Pandan", "Tenun Troso", "Kulit Sapi", "Nilon", "Eceng Gondok"],
    lines: ["Kerja", "Harian", "Kuliah", "Pesta", "Perjalanan", "Minimalis"],
    options: [plain("Warna", ["Hitam", "Cokelat", "Krem", "Hijau Botol"])],
    description: "Jahitan ganda pada bagian yang menahan beban. Bersihkan dengan kain lembap, hindari pemutih.",
  },
  {
    slug: "mainan",
    shopNames: ["Mainan Kayu Ceria", "Toko Anak Pintar", "Balok Nusantara", "Dolanan Bocah", "Edukasi Riang"],
    regencies: ["Kabupaten Klaten", "Kabupaten Bantul", "Kota Jakarta Timur", "Kota Bekasi"],
    bases: [
      { name: "Balok Susun", rupiah: 95_000, grams: 900 },
      { name: "Puzzle Kayu", rupiah: 55_000, grams: 400 },
      { name: "Congklak", rupiah: 75_000, grams: 800 },
      { name: "Boneka Rajut", rupiah: 85_000, grams: 250 },
      { name: "Mobil-mobilan Kayu", rupiah: 65_000, grams: 450 },
      { name: "Kartu Belajar", rupiah: 35_000, grams: 200 },
    ],
    styles: ["Hewan Nusantara", "Huruf", "Angka", "Wayang", "Buah", "Peta Indonesia", "Transportasi"],
    lines: ["Usia 1+", "Usia 2+", "Usia 3+", "Usia 5+", "Cat Aman", "Kado"],
    options: [plain("Warna", ["Alami", "Warna-warni"])],
    description: "Sudut dihaluskan, cat berbahan dasar air. Anak di bawah 3 tahun bermain dengan pengawasan.",
  },
  {
    slug: "peralatan dapur",
    shopNames: ["Dapur Ibu", "Cobek Muntilan", "Panci Tegal", "Perabot Lengkap", "Wajan Besi Ceper"],
    regencies: ["Kabupaten Magelang", "Kabupaten Tegal", "Kabupaten Klaten", "Kabupaten Sidoarjo"],
    bases: [
      { name: "Wajan", rupiah: 125_000, grams: 1_400 },
      { name: "Cobek Batu", rupiah: 89_000, grams: 3_500 },
      { name: "Pisau Dapur", rupiah: 59_000, grams: 250 },
      { name: "Panci Kukus", rupiah: 165_000, grams: 1_600 },
      { name: "Talenan", rupiah: 49_000, grams: 700 },
      { name: "Rantang", rupiah: 99_000, grams: 900 },
    ],
    styles: ["Baja Tahan Karat", "Besi Tempa", "Granit", "Kayu Mahoni", "Batu Merapi", "Aluminium", "Enamel"],
    lines: ["Anti Lengket", "Tebal", "Gagang Kayu", "Serbaguna", "Rumah Makan", "Hemat Tempat"],
    options: [
      {
        name: "Ukuran",
        values: [
          { value: "Kecil" },
          { value: "Sedang", addRupiah: 30_000, addGrams: 400 },
          { value: "Besar", addRupiah: 65_000, addGrams: 900 },
        ],
      },
    ],
    description: "Cuci sebelum pemakaian pertama. Kemasan berlapis kardus dan gelembung agar aman di perjalanan.",
  },
  {
    slug: "elektronik kecil",
    shopNames: ["Gawai Hemat", "Elektro Glodok", "Kabel dan Kawan", "Listrik Rumah", "Suara Jernih"],
    regencies: ["Kota Jakarta Barat", "Kota Batam", "Kota Surabaya", "Kota Medan"],
    bases: [
      { name: "Earphone Kabel", rupiah: 59_000, grams: 80 },
      { name: "Power Bank", rupiah: 159_000, grams: 350 },
      { name: "Lampu Meja LED", rupiah: 89_000, grams: 500 },
      { name: "Kipas Angin USB", rupiah: 65_000, grams: 400 },
      { name: "Kabel Data", rupiah: 29_000, grams: 60 },
      { name: "Pengisi Daya", rupiah: 75_000, grams: 120 },
    ],
    styles: ["Tipe C", "Cepat 20 W", "Lipat", "Mini", "Serba Bisa", "Tahan Cipratan", "Garis Tipis"],
    lines: ["Garansi 6 Bulan", "Garansi 1 Tahun", "Seri Kantor", "Seri Perjalanan", "Hemat Daya", "Paket Lengkap"],
    options: [plain("Warna", ["Hitam", "Putih"])],
    description: "Garansi tukar unit bila cacat produksi. Rekam video saat membuka paket sebagai bukti.",
  },
  {
    slug: "kerajinan",
    shopNames: ["Kriya Bali Asri", "Gerabah Kasongan", "Ukir Jepara Indah", "Tenun Sumba", "Rotan Cirebon"],
    regencies: ["Kabupaten Gianyar", "Kabupaten Bantul", "Kabupaten Jepara", "Kabupaten Cirebon"],
    bases: [
      { name: "Vas Gerabah", rupiah: 85_000, grams: 1_500 },
      { name: "Keranjang Rotan", rupiah: 129_000, grams: 900 },
      { name: "Hiasan Dinding", rupiah: 175_000, grams: 1_100 },
      { name: "Taplak Tenun", rupiah: 145_000, grams: 400 },
      { name: "Tempat Lilin", rupiah: 59_000, grams: 500 },
      { name: "Topeng Kayu", rupiah: 199_000, grams: 800 },
    ],
    styles: ["Motif Bunga", "Ukir Jepara", "Gaya Bali", "Motif Sumba", "Anyam Rapat", "Polos Alami", "Antik"],
    lines: ["Buatan Tangan", "Edisi Perajin", "Ruang Tamu", "Teras", "Hadiah", "Seri Desa"],
    options: [{ name: "Ukuran", values: [{ value: "Kecil" }, { value: "Besar", addRupiah: 55_000, addGrams: 700 }] }],
    description:
      "Dikerjakan perajin satu per satu, jadi setiap barang sedikit berbeda. Dikemas dengan sekam dan kardus tebal.",
  },
];
